from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from argotui.drawing.cells import cell_len, cut_middle, fit
from argotui.model.sanitise import clean_line


def test_wide_and_combining_characters() -> None:
    assert cell_len("abc") == 3
    assert cell_len("日本") == 4
    assert cell_len("e\u0301") == 1


def test_names_are_cut_in_the_middle() -> None:
    assert cut_middle("nightly-etl-with-a-long-name-1763712", 16) == "nightly-…1763712"
    assert cut_middle("short", 5) == "short"
    assert cut_middle("anything", 1) == "…"
    assert cut_middle("anything", 0) == ""


@given(st.text().map(clean_line), st.integers(0, 40))
def test_what_is_fitted_has_exactly_that_width(text: str, width: int) -> None:
    assert cell_len(fit(text, width)) == width
    assert cell_len(cut_middle(text, width)) <= width
