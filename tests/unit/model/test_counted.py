"""Numbers of things, in words."""

from __future__ import annotations

import pytest

from argotui.model.counted import counted, none_of


@pytest.mark.parametrize(
    ("number", "said"), [(0, "0 gates wait"), (1, "1 gate waits"), (12_408, "12,408 gates wait")]
)
def test_a_verb_agrees_with_its_number(number: int, said: str) -> None:
    assert counted(number, "gate waits", "gates wait") == said


def test_the_plural_is_that_with_an_s() -> None:
    assert [counted(n, "line") for n in (1, 2)] == ["1 line", "2 lines"]


@pytest.mark.parametrize(
    ("number", "said"),
    [(1, "The only entry does not match."), (2_000, "None of the 2,000 entries matches.")],
)
def test_none_of_one_thing_is_said_of_that_one(number: int, said: str) -> None:
    assert none_of(number, "entry", "matches.", "does not match.", "entries") == said
