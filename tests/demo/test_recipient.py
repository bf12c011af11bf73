"""A recipient reads the PIN behind the link, and leaves evidence that the policy can read."""

import hashlib
from random import Random

import pytest

from safehand.demo.recipient import drawing, link_token, photo
from safehand.handover.evidence import MAGIC
from safehand.handover.proofs import POINTS_MAX, STROKES_MAX, read_body
from safehand.kernel.canonical import canonical_bytes


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.1:8080/t/7QK4X2M9P?k=AAAAAAAAAAAAAAAAAAAAAA",
        "/t/7QK4X2M9P?k=AAAAAAAAAAAAAAAAAAAAAA",
        "https://parcels.example/t/7QK4X2M9P?lang=fi&k=AAAAAAAAAAAAAAAAAAAAAA#top",
    ],
)
def test_a_link_carries_its_key(link: str) -> None:
    assert link_token(link) == "A" * 22


@pytest.mark.parametrize("link", ["", "/t/7QK4X2M9P", "/t/7QK4X2M9P?k=", "/t/7QK4X2M9P?k=a&k=b"])
def test_a_link_without_one_key_opens_nothing(link: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        link_token(link)


@pytest.mark.parametrize("seed", range(20))
def test_a_drawing_is_strokes_that_the_policy_takes(seed: int) -> None:
    body = read_body(canonical_bytes({"drawing": drawing(Random(seed))}))

    assert body.drawing is not None
    assert 2 <= len(body.drawing) <= STROKES_MAX
    assert sum(map(len, body.drawing)) <= POINTS_MAX
    assert all(len(stroke) % 2 == 0 and all(0 <= at <= 1000 for at in stroke) for stroke in body.drawing)


def test_a_photo_is_named_by_its_bytes_and_no_two_are_alike() -> None:
    random = Random(1)
    pictures = [photo(random) for _ in range(20)]

    assert len({picture.sha256 for picture in pictures}) == 20
    for picture in pictures:
        assert picture.body.startswith(MAGIC[picture.media_type])
        assert hashlib.sha256(picture.body).hexdigest() == picture.sha256
        assert len(picture.body) < 64_000
