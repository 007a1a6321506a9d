"""Names with numbers are sorted as people count."""

from __future__ import annotations

import random

import pytest

from argotui.model.natural import natural


@pytest.mark.parametrize(
    "names",
    [
        ["check(62)", "check(71)", "check(129)"],
        [f"access-request-{number}" for number in (1, 2, 3, 4, 5, 10, 11)],
        ["a", "a1", "a1b", "a2", "b"],
        ["", "0", "00x", "1"],
    ],
)
def test_numbers_are_taken_as_numbers(names: list[str]) -> None:
    mixed = list(names)
    random.Random(3).shuffle(mixed)
    assert sorted(mixed, key=natural) == names
