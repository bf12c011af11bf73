"""Checkpoints: one spelling, one log, one key."""

import base64

import pytest

from safehand.ledger.checkpoint import (
    BadCheckpoint,
    Checkpoint,
    open_checkpoint,
    parse_decimal,
    read_unverified,
    sign_checkpoint,
)
from safehand.ledger.merkle import EMPTY_ROOT
from safehand.ledger.note import BadNote
from tests.ledger.logs import ORIGIN, a_key

ROOT = bytes(range(32))
B64 = base64.b64encode(ROOT).decode()


def test_the_example_of_the_specification_is_read() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"

    checkpoint = Checkpoint.parse(text)

    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text == text


def test_a_signed_checkpoint_is_opened_by_its_key_only() -> None:
    signed = sign_checkpoint(7, ROOT, a_key())

    assert open_checkpoint(signed.note, a_key().verifier) == signed
    assert signed.checkpoint == Checkpoint(ORIGIN, 7, ROOT)
    with pytest.raises(BadNote):
        open_checkpoint(signed.note, a_key(seed=2).verifier)


def test_a_key_vouches_for_the_log_of_its_name_only() -> None:
    stray = a_key("elsewhere.example").sign(Checkpoint(ORIGIN, 7, ROOT).text).encode()

    with pytest.raises(BadCheckpoint, match="elsewhere"):
        open_checkpoint(stray, a_key("elsewhere.example").verifier)


def test_a_signed_text_that_is_no_checkpoint_is_refused() -> None:
    with pytest.raises(BadCheckpoint):
        open_checkpoint(a_key().sign(f"{ORIGIN}\nhello\n").encode(), a_key().verifier)


def test_without_a_key_somebody_of_the_origins_name_must_at_least_claim_it() -> None:
    assert read_unverified(sign_checkpoint(7, ROOT, a_key()).note).size == 7
    with pytest.raises(BadCheckpoint):
        read_unverified(a_key("elsewhere.example").sign(Checkpoint(ORIGIN, 7, ROOT).text).encode())


def test_lines_that_others_add_are_kept() -> None:
    text = f"{ORIGIN}\n7\n{B64}\nan extension\n"

    assert Checkpoint.parse(text).extensions == ("an extension",)
    assert Checkpoint.parse(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n7\n{B64}",
        f"\n7\n{B64}\n",
        f"{ORIGIN}\n\n{B64}\n",
        f"{ORIGIN}\n7\n{B64}\n\n",
        f"{ORIGIN}\n7\n{B64}\n\nextension\n",
        f"{ORIGIN}\n07\n{B64}\n",
        f"{ORIGIN}\n+7\n{B64}\n",
        f"{ORIGIN}\n-7\n{B64}\n",
        f"{ORIGIN}\n 7\n{B64}\n",
        f"{ORIGIN}\n7 \n{B64}\n",
        f"{ORIGIN}\n7.0\n{B64}\n",
        f"{ORIGIN}\n٧\n{B64}\n",
        f"{ORIGIN}\n1_0\n{B64}\n",
        f"{ORIGIN}\n9223372036854775808\n{B64}\n",
        f"{ORIGIN}\n{'9' * 5000}\n{B64}\n",
        f"{ORIGIN}\n0\n{B64}\n",
        f"{ORIGIN}\n7\n{B64[:-1]}\n",
        f"{ORIGIN}\n7\n{B64} \n",
        f"{ORIGIN}\n7\n{B64[:-2]}9=\n",
        f"{ORIGIN}\n7\n{base64.b64encode(ROOT[:31]).decode()}\n",
        f"{ORIGIN}\n7\n{base64.urlsafe_b64encode(bytes([255] * 32)).decode()}\n",
    ],
)
def test_anything_else_is_not_a_checkpoint(text: str) -> None:
    with pytest.raises(BadCheckpoint):
        Checkpoint.parse(text)


def test_an_empty_log_has_the_root_of_the_empty_tree() -> None:
    assert Checkpoint.parse(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text).size == 0


@pytest.mark.parametrize("number", [0, 1, 10, 2**63 - 1])
def test_numbers_have_one_spelling(number: int) -> None:
    assert parse_decimal(str(number), BadCheckpoint) == number
    with pytest.raises(BadCheckpoint):
        parse_decimal(f"0{number}", BadCheckpoint)
