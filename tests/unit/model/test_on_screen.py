"""What must be seen before it is decided: counted by the line, and seen once only as it is."""

from __future__ import annotations

from argotui.model.on_screen import OnScreen


def test_every_line_of_every_part_counts_until_it_was_shown() -> None:
    seen = OnScreen()
    seen.expect({"question": 3, "input": 1})
    assert (seen.left, seen.parts_left) == (4, 2)
    assert seen.show("question", 0)
    assert seen.show("question", 2)
    assert seen.left == 2
    assert seen.is_missing("question", 1)
    assert not seen.is_missing("question", 2)
    assert seen.show("input")
    assert seen.show("question", 1)
    assert (seen.left, seen.parts_left) == (0, 0)


def test_a_line_shown_twice_counts_once() -> None:
    seen = OnScreen()
    seen.expect({"question": 2})
    assert seen.show("question", 0)
    assert not seen.show("question", 0)
    assert seen.left == 1


def test_what_is_not_expected_counts_for_nothing() -> None:
    seen = OnScreen()
    seen.expect({"question": 1})
    assert not seen.show("other", 0)
    assert not seen.show("question", 7)
    assert seen.left == 1


def test_other_words_are_another_part() -> None:
    seen = OnScreen()
    seen.expect({"ship 1?": 1})
    seen.show("ship 1?")
    seen.expect({"ship 2?": 1})
    assert seen.left == 1
    seen.expect({"ship 1?": 1})
    assert seen.left == 0


def test_lines_broken_otherwise_are_seen_anew_unless_all_were_seen() -> None:
    seen = OnScreen()
    seen.expect({"read": 2, "begun": 3}, 80)
    for part, line in (("read", 0), ("read", 1), ("begun", 0), ("begun", 1)):
        seen.show(part, line)
    seen.expect({"read": 5, "begun": 3}, 60)
    assert seen.missing("read") == 0
    assert seen.missing("begun") == 3


def test_an_update_with_the_same_lines_forgets_nothing() -> None:
    seen = OnScreen()
    seen.expect({"question": 2}, 80)
    seen.show("question", 0)
    seen.expect({"question": 2, "input": 1}, 80)
    assert seen.missing("question") == 1
    assert seen.left == 2


def test_nothing_to_see_is_seen() -> None:
    seen = OnScreen()
    seen.expect({})
    assert seen.left == 0
    seen.expect({"empty": 0})
    assert seen.left == 0
