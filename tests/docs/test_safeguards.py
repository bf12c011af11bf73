"""docs/safeguards.md says the numbers that the code holds to."""

from pathlib import Path

import pytest

from safehand.app.limits import BODY_BYTES_MAX
from safehand.handover.evidence import EVIDENCE_BYTES_MAX
from safehand.handover.pins import FAILURES_MAX
from safehand.identity import devices, pacing, resets, setup, throttle
from safehand.identity.actions import Action
from safehand.identity.model import LABEL_CHARS_MAX, NAME_CHARS_MAX, PrincipalKind
from safehand.identity.pages import PAGE_MAX
from safehand.identity.passwords import HASHING_AT_ONCE, PASSWORD_CHARS_MAX, PASSWORD_CHARS_MIN, WAITING_MAX
from safehand.identity.recovery import CODES
from safehand.identity.sessions import ABSOLUTE_MS, IDLE_MS
from safehand.identity.step_up import STEP_UP
from safehand.intake.batch import BATCH_BYTES_MAX, ITEMS_MAX
from safehand.labels.scan import IMAGE_BYTES_MAX, IMAGE_PIXELS_MAX
from safehand.store.idempotency import KEPT_MS
from safehand.surfaces.web.forms import FIELDS_MAX, FORM_BYTES_MAX

PAGE = " ".join((Path(__file__).resolve().parents[2] / "docs" / "safeguards.md").read_text("utf-8").split())
KIB, MIB, HOUR_MS, DAY_MS = 1024, 1024 * 1024, 3_600_000, 86_400_000


def rate(what: str, is_: throttle.Rate) -> str:
    return f"| {what} | {is_.burst}, then one in {is_.interval_ms // 1000} seconds |"


def pace(what: str, is_: pacing.Pace) -> str:
    return f"| {what} | {is_.burst:,} at once, then {is_.per_s} a second |"


@pytest.mark.parametrize(
    "said",
    [
        f"| password | {PASSWORD_CHARS_MIN} to {PASSWORD_CHARS_MAX} characters",
        f"| name | 1 to {NAME_CHARS_MAX} characters",
        f"| label of a key or device | 1 to {LABEL_CHARS_MAX} characters",
        f"at most {FIELDS_MAX} fields and {FORM_BYTES_MAX // KIB} KiB",
        f"| one request | {BODY_BYTES_MAX // MIB} MiB |",
        f"| one batch of statements | {ITEMS_MAX} statements, {BATCH_BYTES_MAX // MIB} MiB |",
        f"| one page of a list | {PAGE_MAX} rows |",
        rate("failed sign-ins of one login", throttle.PER_LOGIN),
        rate("failed sign-ins from one address", throttle.PER_ADDRESS),
        rate("failed sign-ins in a browser that its owner has used before", throttle.PER_BROWSER),
        rate("recovery codes tried from one address", throttle.RECOVERY_PER_ADDRESS),
        pace("requests of one person of the staff", pacing.PACES[PrincipalKind.STAFF]),
        pace("requests of one key or device", pacing.PACES[PrincipalKind.MERCHANT]),
        pace("requests of one key or device", pacing.PACES[PrincipalKind.DEVICE]),
        pace("requests by one recipient's link", pacing.PACES[PrincipalKind.RECIPIENT]),
        pace("requests from one address", pacing.PER_ADDRESS),
        rate("enrolment codes tried from one address", throttle.CODES_PER_ADDRESS),
        f"| passwords hashed at once | {HASHING_AT_ONCE}, and {WAITING_MAX} that wait",
        f"| tries of a PIN | {FAILURES_MAX} a parcel |",
        f"| an idempotent answer remembered | {KEPT_MS // DAY_MS} days |",
        f"ends after {IDLE_MS // HOUR_MS} hours without a request and {ABSOLUTE_MS // HOUR_MS} hours after",
        f"| PNG, JPEG, WebP, known by their first bytes | {EVIDENCE_BYTES_MAX // MIB} MiB |",
        f"| {IMAGE_BYTES_MAX // MIB} MiB, {IMAGE_PIXELS_MAX // 1_000_000} million pixels |",
    ],
)
def test_the_page_says_the_number_of_the_code(said: str) -> None:
    assert said in PAGE


def test_the_page_says_how_long_what_lets_somebody_in_once_is_good() -> None:
    assert (setup.LINK_MS, devices.CODE_MS, resets.RESET_MS) == (HOUR_MS, HOUR_MS // 6, DAY_MS)
    longer = {Action.TRAINING_TAKE: HOUR_MS + HOUR_MS // 4}
    assert CODES == 10
    assert dict(STEP_UP) == dict.fromkeys(STEP_UP, HOUR_MS // 4) | longer
    assert "A quiz, which lasts an hour, is the one exception" in PAGE
    assert "believes it for 75 minutes" in PAGE
    assert "one of ten recovery codes" in PAGE
    assert "256 random bits, one day, once" in PAGE
    assert "believes it for a quarter of an hour" in PAGE
    assert "one hour, once" in PAGE
    assert "| a new device | a code of ten minutes" in PAGE
