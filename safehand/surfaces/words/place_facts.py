"""What there is to say of a place, in words: its hours, what it takes, where it is."""

from collections.abc import Iterator

from safehand.kernel.catalogue import Catalogue
from safehand.places.geometry import Area, Point, degrees
from safehand.places.hours import WEEKDAYS
from safehand.places.model import Checkpoint, Depot, Geofence, LockerSite, Open, PickupPoint, Place, Shunned

CLOSED, OPENED, USUAL = "held", "delivered", "ended"
DAY_SHAPES = {"closed": CLOSED, "opened": OPENED, "usual": USUAL}
"""The data-status of a day."""


def facts(words: Catalogue, place: Place) -> Iterator[tuple[str, str]]:
    """Pairs of what and how it is, in the order in which people ask."""
    details = place.details
    if isinstance(details, Open):
        yield words.say("placing.hours"), hours(words, details)
        yield words.say("placing.zone"), details.zone
    match details:
        case Depot(cut_offs=cut_offs) if cut_offs:
            yield words.say("placing.cut_offs"), ", ".join(f"{service} {at}" for service, at in cut_offs.items())
        case PickupPoint(capacity=capacity, takes=takes):
            yield words.say("placing.capacity"), words.say("placing.parcels", count=capacity)
            sides = f"{takes.length_mm} x {takes.width_mm} x {takes.height_mm}"
            kg, euros = takes.weight_g // 1_000, takes.value_cents // 100
            yield words.say("placing.takes"), words.say("placing.takes_up_to", kg=kg, sides=sides, euros=euros)
            able = [word for word, so in (("cash", takes.cash), ("age_check", takes.age_check)) if so]
            yield words.say("placing.does"), ", ".join(words.say(f"placing.{one}") for one in able) or "–"
        case LockerSite(compartments=compartments):
            yield words.say("placing.compartments"), ", ".join(one.label for one in compartments)
        case Checkpoint(role=role):
            yield words.say("placing.role"), words.say(f"read_point.{role}.word")
        case Geofence(radius_m=int(radius_m)):
            yield words.say("placing.radius"), f"{radius_m} m"
        case Shunned(reason=reason):
            yield words.say("placing.reason"), reason
    yield words.say("placing.where"), where(words, place.shape)


def hours(words: Catalogue, details: Open) -> str:
    """Each open weekday with its spans."""
    told = details.week.told()
    spans = [f"{words.say(f'weekday.{day}')} {', '.join(told[day])}" for day in WEEKDAYS if day in told]
    return "; ".join(spans) or words.say("placing.never")


def where(words: Catalogue, shape: Point | Area | None) -> str:
    """Latitude and longitude, or how many corners."""
    if isinstance(shape, Point):
        return f"{degrees(shape.lat_e7)}, {degrees(shape.lon_e7)}"
    if isinstance(shape, Area):
        at = f"{degrees(shape.outer[0].lat_e7)}, {degrees(shape.outer[0].lon_e7)}"
        return words.say("placing.area", corners=shape.corners, at=at)
    return words.say("placing.inside")
