import pytest

from safehand.labels.symbols import Matrix, code_128, gs1_128, qr
from tests.labels.samples import LINK, S10, SSCC
from tests.labels.thermal_printer import _WIDTHS, code_128_values


def drawn(matrix: Matrix) -> str:
    return "".join("1" if dark else "0" for dark in matrix.rows[0])


def by_hand(data: str) -> str:
    widths = "".join(_WIDTHS[value] for value in code_128_values(data))
    return "".join(("1", "0")[step % 2] * int(width) for step, width in enumerate(widths))


def test_bars_are_those_of_the_standard_worked_out_by_hand() -> None:
    assert drawn(gs1_128(SSCC)) == by_hand(f">;>800{SSCC}")
    assert drawn(code_128(S10)) == by_hand(f">:{S10[:2]}>5{S10[2:10]}>6{S10[10:]}")


def test_runs_are_the_dark_stretches_of_a_row() -> None:
    matrix = Matrix(((True, True, False, True), (False, False, False, False)))
    assert matrix.runs(0) == [(0, 2), (3, 1)]
    assert matrix.runs(1) == []


@pytest.mark.parametrize("length", [20, 40, 64])
def test_a_qr_code_stays_coarse_for_the_longest_origin(length: int) -> None:
    assert qr("https://" + "a" * (length - 8) + f"/00/{SSCC}").width <= 41
    assert qr(LINK).width in (29, 33)
