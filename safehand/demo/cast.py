"""Who plays: invented people and companies. Any likeness to a real one is chance."""

from dataclasses import dataclass
from random import Random

DRIVERS = ("Mikko", "Aino", "Onni", "Sanna", "Eero", "Leila", "Väinö", "Noora", "Ilmari", "Katja", "Topi", "Helmi")

_FIRST = (
    "Aada", "Ahmed", "Aleksi", "Anna", "Antti", "Astrid", "Elena", "Elias", "Ella", "Emil", "Fatima", "Hanna",
    "Heikki", "Helena", "Ida", "Iida", "Jari", "Johan", "Jukka", "Kaisa", "Kalle", "Laura", "Lauri", "Liisa",
    "Maija", "Maria", "Matti", "Minna", "Nea", "Niko", "Olga", "Oskar", "Outi", "Paavo", "Pekka", "Petra",
    "Riikka", "Risto", "Saara", "Sami", "Seppo", "Sofia", "Tiina", "Tomi", "Tuomas", "Ulla", "Veera", "Ville",
)  # fmt: skip
_LAST = (
    "Aalto", "Ahonen", "Anttila", "Berg", "Eskola", "Hakala", "Hassan", "Heikkinen", "Hiltunen", "Holm", "Huttunen",
    "Ivanova", "Jokinen", "Karlsson", "Kinnunen", "Koskinen", "Laakso", "Laine", "Lehtonen", "Lindroos", "Manninen",
    "Mattila", "Mäkelä", "Niemi", "Nurmi", "Ojala", "Peltola", "Pitkänen", "Rantanen", "Räsänen", "Saarinen", "Salmi",
    "Savolainen", "Sjöblom", "Suominen", "Toivonen", "Tran", "Turunen", "Virtanen", "Wikström",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ware:
    """Something that is sent: what it is, how heavy, how dear."""

    contents: str
    weight_g: int
    value_cents: int


@dataclass(frozen=True, slots=True)
class Shop:
    """A merchant and what it sells; the dearest ware is sealed by policy."""

    name: str
    wares: tuple[Ware, ...]


SHOPS = (
    Shop(
        "Kirjakauppa Kaari",
        (Ware("Two novels", 900, 4_290), Ware("Atlas", 2_600, 8_900), Ware("First edition", 700, 48_000)),
    ),
    Shop(
        "Pohjola Audio",
        (Ware("Headphones", 800, 15_900), Ware("Loudspeaker", 6_400, 17_900), Ware("Camera", 1_200, 129_000)),
    ),
    Shop(
        "Villa ja Lanka",
        (Ware("Knitting wool", 1_100, 5_400), Ware("Blanket", 2_300, 12_900), Ware("Hand-woven rug", 5_200, 39_000)),
    ),
)


def driver_name(number: int) -> str:
    """The first names in turn; from the thirteenth driver on with a number."""
    name = DRIVERS[number % len(DRIVERS)]
    again = number // len(DRIVERS)
    return f"{name} {again + 1}" if again else name


def person_name(random: Random) -> str:
    """Somebody who orders things."""
    return f"{random.choice(_FIRST)} {random.choice(_LAST)}"
