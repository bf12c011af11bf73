import pytest
from hypothesis import given
from hypothesis import strategies as st

from safehand.labels.typeface import REPLACEMENT, Face, Run, broken, font_bytes, printable


@pytest.mark.parametrize(
    "text", ["Päivi Åström", "Łukasz Żółć", "Юлия Мельникова", "Αθηνά", "Nguyễn Thị Đặng", "Áŋŋel Čáhci", "Şükrü İğdır"]
)
def test_european_and_vietnamese_names_print_as_they_are(text: str) -> None:
    unprinted: set[str] = set()
    assert printable(text, unprinted) == text
    assert unprinted == set()


@pytest.mark.parametrize("text", ["王芳", "محمد", "דוד", "अनिल", "สมชาย", "😀", "\U0010ffff", REPLACEMENT])
def test_what_no_font_can_set_right_is_replaced_and_told(text: str) -> None:
    unprinted: set[str] = set()
    assert printable(f"Li {text}", unprinted) == "Li " + REPLACEMENT * len(text)
    assert unprinted == set(text)


def test_windows_1252_is_set_in_helvetica_and_the_rest_in_noto() -> None:
    assert Run("Päivi €", 10).face is Face.HELVETICA
    assert Run("Päivi", 10, bold=True).face is Face.HELVETICA_BOLD
    assert Run("Łódź", 10).face is Face.NOTO


def test_the_font_comes_with_the_installation() -> None:
    raw = font_bytes()
    assert raw is not None
    assert raw[:4] == b"\x00\x01\x00\x00"


@given(st.text("abc WÄŁ", max_size=60).map(lambda text: " ".join(text.split())), st.integers(30, 300))
def test_lines_keep_every_letter_and_stay_within_the_width(text: str, width: int) -> None:
    lines = broken(text, 12, False, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(Run(line, 12).width <= width for line in lines)
