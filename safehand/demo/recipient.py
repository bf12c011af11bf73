"""A recipient: has a link, reads the PIN behind it, and leaves evidence at the door."""

import hashlib
import io
from dataclasses import dataclass
from random import Random
from urllib.parse import parse_qs, urlsplit

from PIL import Image, ImageDraw

from safehand.demo.line import Bearer, Line
from safehand.demo.world import Box
from safehand.kernel.canonical import Canonical

FIELD = 1000
"""A drawing's coordinates are thousandths of the field's width."""
PICTURE = (240, 180)


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture and its name: the hex SHA-256 of its bytes."""

    body: bytes
    sha256: str
    media_type: str = "image/jpeg"


def link_token(link: str) -> str:
    """The secret that a recipient's link carries (`/t/NUMBER?k=...`).

    Errors
        ValueError  the link carries none.
    """
    keys = parse_qs(urlsplit(link).query).get("k", [])
    if len(keys) != 1:
        raise ValueError("the link has no key")
    return keys[0]


def bearer(box: Box) -> Bearer:
    """The recipient of this parcel, as the API knows them."""
    return Bearer(f"shl_{link_token(box.link)}")


async def read_pin(line: Line, box: Box) -> str:
    """The PIN, from the recipient's own page."""
    page = await line.get(f"/v1/tracking/{box.tracking}", auth=bearer(box))
    return str(page["pin"])


def drawing(random: Random) -> list[Canonical]:
    """What a finger draws on glass: a few strokes, each a list of x, y in turn."""
    strokes: list[Canonical] = []
    x = random.randrange(60, 160)
    for _ in range(random.randrange(2, 5)):
        stroke: list[Canonical] = []
        for _ in range(random.randrange(12, 30)):
            x = min(FIELD, x + random.randrange(0, 22))
            stroke += [x, random.randrange(250, 700)]
        strokes.append(stroke)
    return strokes


def photo(random: Random) -> Photo:
    """A door, and a parcel before it. No two are alike."""
    shade = random.randrange(60, 200)
    picture = Image.new("RGB", PICTURE, (shade, shade, random.randrange(60, 200)))
    draw = ImageDraw.Draw(picture)
    left = random.randrange(40, 120)
    draw.rectangle((left, 20, left + 80, 170), fill=(90, random.randrange(40, 90), 40))
    draw.rectangle((left + 20, 135, left + 60, 170), fill=(190, 150, random.randrange(80, 120)))
    for _ in range(60):
        spot = (random.randrange(PICTURE[0]), random.randrange(PICTURE[1]))
        draw.point(spot, fill=(random.randrange(256), random.randrange(256), random.randrange(256)))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70)
    return Photo(file.getvalue(), hashlib.sha256(file.getvalue()).hexdigest())
