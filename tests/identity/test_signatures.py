"""ES256: what verifies, what does not, and how fast."""

import hashlib
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from safehand.identity.errors import BadPublicKey
from safehand.identity.signatures import ORDER, Signed, check_public_key, verify_batch, verify_es256
from tests.asvs import asvs
from tests.identity.office import Phone

PHONE = Phone(ec.derive_private_key(0xA11CE, ec.SECP256R1()))
OTHER = Phone(ec.derive_private_key(0xB0B, ec.SECP256R1()))
SAID = b"safehand/statement/v1\n{}"
SIGNATURE = PHONE.sign(SAID)
FIELD = 2**256 - 2**224 + 2**192 + 2**96 - 1
RATE_MIN = 5_000


def written(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


@asvs("9.1.1")
def test_a_signature_verifies_with_its_key_and_bytes_only() -> None:
    assert verify_es256(PHONE.public_key, SAID, SIGNATURE)
    assert not verify_es256(OTHER.public_key, SAID, SIGNATURE)
    assert not verify_es256(PHONE.public_key, SAID + b"\n", SIGNATURE)
    assert not verify_es256(PHONE.public_key, b"", SIGNATURE)


@given(st.integers(0, 511))
def test_no_bit_of_a_signature_can_be_changed(bit: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verify_es256(PHONE.public_key, SAID, bytes(changed))


@asvs("9.1.1")
@given(st.integers(0, len(SAID) * 8 - 1))
def test_no_bit_of_the_message_can_be_changed(bit: int) -> None:
    changed = bytearray(SAID)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verify_es256(PHONE.public_key, bytes(changed), SIGNATURE)


@given(st.binary(max_size=130))
def test_noise_is_no_signature(noise: bytes) -> None:
    assert not verify_es256(PHONE.public_key, SAID, noise)


@pytest.mark.parametrize("number", [0, ORDER, ORDER + 1, 2**256 - 1])
def test_r_and_s_out_of_range_are_refused(number: int) -> None:
    r, s = int.from_bytes(SIGNATURE[:32]), int.from_bytes(SIGNATURE[32:])
    assert not verify_es256(PHONE.public_key, SAID, written(number, s))
    assert not verify_es256(PHONE.public_key, SAID, written(r, number))
    assert not verify_es256(PHONE.public_key, SAID, written(number, number))


def test_a_turned_s_verifies_too_so_identity_must_not_hang_on_the_signature() -> None:
    r, s = int.from_bytes(SIGNATURE[:32]), int.from_bytes(SIGNATURE[32:])
    assert verify_es256(PHONE.public_key, SAID, written(r, ORDER - s))


@asvs("9.1.2")
def test_a_der_signature_is_refused() -> None:
    from cryptography.hazmat.primitives import hashes

    der = PHONE.private.sign(SAID, ec.ECDSA(hashes.SHA256()))
    assert not verify_es256(PHONE.public_key, SAID, der)


def off_the_curve() -> bytes:
    point = bytearray(PHONE.public_key)
    point[64] ^= 1
    return bytes(point)


@pytest.mark.parametrize(
    "point",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00", id="infinity"),
        pytest.param(b"\x04" + bytes(64), id="zero"),
        pytest.param(off_the_curve(), id="off-the-curve"),
        pytest.param(b"\x06" + PHONE.public_key[1:], id="hybrid"),
        pytest.param(b"\x02" + PHONE.public_key[1:33], id="compressed"),
        pytest.param(PHONE.public_key[:-1], id="short"),
        pytest.param(PHONE.public_key + b"\x00", id="long"),
        pytest.param(b"\x04" + FIELD.to_bytes(32) + PHONE.public_key[33:], id="x-beyond-the-field"),
        pytest.param(b"\x04" + b"\xff" * 64, id="both-beyond-the-field"),
    ],
)
def test_what_is_no_point_of_the_curve_is_never_enrolled(point: bytes) -> None:
    check_public_key(PHONE.public_key)
    with pytest.raises(BadPublicKey):
        check_public_key(point)


async def test_a_batch_answers_in_order_and_mixes_nothing_up() -> None:
    items = []
    for n in range(101):
        phone = PHONE if n % 3 else OTHER
        said = hashlib.sha256(bytes([n])).digest()
        right = n % 7 != 0
        items.append(Signed(phone.public_key, said, phone.sign(said if right else said[1:])))

    assert await verify_batch(items) == [n % 7 != 0 for n in range(101)]
    assert await verify_batch([]) == []
    assert await verify_batch(items[:1]) == [False]


def test_more_than_five_thousand_signatures_are_verified_a_second_and_core() -> None:
    def rate() -> float:
        started = time.process_time()
        for _ in range(500):
            verify_es256(PHONE.public_key, SAID, SIGNATURE)
        return 500 / (time.process_time() - started)

    assert max(rate() for _ in range(5)) >= RATE_MIN
