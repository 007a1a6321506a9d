from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.patterns import (
    SEARCHED,
    FilterError,
    Fuzzy,
    Inverse,
    Regex,
    parse_pattern,
)
from tests.unit.model.fixtures import attempt

PATTERN = st.text("ab.*+?()[]{}|^$\\12,-A é", max_size=16)


def test_a_pattern_is_found_anywhere() -> None:
    assert Regex("b.d").matches("abcde")
    assert Regex("error|warn").spans("a warning, an error") == [(2, 6), (14, 19)]
    assert not Regex("^b").matches("ab")


def test_case_counts_once_there_is_a_capital() -> None:
    assert Regex("oom").matches("OOMKilled")
    assert not Regex("Oom").matches("OOMKilled")
    assert Regex(r"\Soom").matches("xOOM")
    assert Fuzzy("oK").matches("ooKilled")
    assert not Fuzzy("oK").matches("ookilled")


@pytest.mark.parametrize(
    "careless",
    [
        *("(a+)+", "(a*)*b", "(a|a)*", "(a|b|ab)+", "(.*a){20}", "([a-z]+)*", "((ab)*c?)+"),
        *("(a?){30}", "(?:a+){2,}", "(a+){,}", "(a{1,50})+", r"(a)\1", "(?P<x>a)(?P=x)"),
        *("a.*b.*c.*d.*e", "a?" * 30, "(a|b)" * 30, "(?x) a", "(?(1)a|b)", "x" * 501),
    ],
)
def test_patterns_that_could_take_for_ever_are_refused(careless: str) -> None:
    with pytest.raises(FilterError):
        Regex(careless)


@pytest.mark.parametrize(
    "usual",
    [
        *("error|warn|fatal", "^etl-[0-9]+$", r"exit code \d+", ".*oom.*", "(?i)Error", "a.*b.*c"),
        *(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}", "(foo|bar)?baz", "(ab)+", "[[a]", "a{", "a{}"),
    ],
)
def test_usual_patterns_work(usual: str) -> None:
    assert Regex(usual).searched > 1000


def test_open_ends_cost_nothing() -> None:
    assert Regex(".*error.*").searched == SEARCHED[0]
    assert Regex(".*error.*").matches("x" * 10_000 + "error")
    assert Regex(r"\.*").spans("a..b") == [(1, 3)]


def test_only_the_beginning_of_a_long_text_is_searched() -> None:
    limit = SEARCHED[1]
    assert Regex("a-*b").matches("a" + "-" * (limit - 2) + "b")
    assert not Regex("a-*b").matches("a" + "-" * limit + "b")


def test_plain_parts_are_found_one_after_the_other_in_long_texts() -> None:
    for pattern in ("a.*b.*c", "^a.*b.*c$", r"\w.*b.*?[cd]"):
        regex = Regex(pattern)
        assert regex.searched == SEARCHED[0]
        assert regex.matches("a" + "-" * 30_000 + "b" + "-" * 30_000 + "c")
        assert not regex.matches("a" + "-" * 30_000 + "b" + "-" * 30_000 + "e")
        assert not regex.matches("a-b\n-c")
    assert Regex(r"a\\.*b").matches(r"a\-b")
    assert Regex("a.*b").matches("x\na-b")
    assert not Regex("^a.*b").matches("x\na-b")


@given(
    st.lists(
        st.sampled_from(["a", "b", "ab", ".", r"\d", "[ab]", r"\b", r"\."]), min_size=2, max_size=4
    ),
    st.sampled_from([".*", ".*?"]),
    st.sampled_from(["", "^"]),
    st.sampled_from(["", "$"]),
    st.text("ab1.\n ", max_size=12),
)
def test_parts_one_after_the_other_match_as_in_python(
    parts: list[str], joint: str, start: str, end: str, text: str
) -> None:
    pattern = start + joint.join(parts) + end
    found, error = attempt(Regex, pattern, FilterError)
    if found is None:
        assert error is not None
        return
    assert found.searched == SEARCHED[0]
    assert found.matches(text) == bool(re.search(pattern, text, re.IGNORECASE))


@given(st.text("abAſK k-", min_size=1, max_size=3), st.text("abABkKſsSKİé\n -", max_size=8))
def test_plain_words_match_as_in_python(pattern: str, text: str) -> None:
    flags = re.IGNORECASE if pattern == pattern.lower() else re.NOFLAG
    assert Regex(pattern).matches(text) == bool(re.search(pattern, text, flags))
    assert Regex(pattern).literal == (pattern if pattern.isascii() else "")


def test_the_worst_that_is_allowed_comes_to_an_end() -> None:
    for worst in ("a*a*a*b", ".*?.*?.*x", "(a|b)?" * 5 + "c"):
        assert not Regex(worst).matches("a" * 100_000)


@given(PATTERN)
def test_any_pattern_works_as_in_python_or_is_refused(pattern: str) -> None:
    regex, error = attempt(Regex, pattern, FilterError)
    if regex is None:
        assert error is not None
        assert error.message
        assert 0 <= error.position <= len(pattern)
        return
    flags = re.NOFLAG if any(char == "A" for char in pattern) else re.IGNORECASE
    for text in ("", "ab", "aabb", "a.b*c", "AB12", "[a-b]", "é"):
        assert regex.matches(text) == bool(re.search(pattern, text, flags))
        for start, end in regex.spans(text):
            assert 0 <= start < end <= len(text)


@given(st.text("abcAB é", min_size=1, max_size=4), st.text("abcABx éİß"))
def test_fuzzy_letters_are_found_in_their_order(letters: str, text: str) -> None:
    fuzzy = Fuzzy(letters)
    spans = fuzzy.spans(text)
    assert bool(spans) == fuzzy.matches(text)
    found = "".join(text[start:end] for start, end in spans)
    if spans:
        assert len(found) == len(letters)
        assert found.lower() == letters.lower()
    assert fuzzy.matches(f"x{'-'.join(letters)}y")


def test_fuzzy_marks_the_shortest_stretch() -> None:
    assert Fuzzy("etl").spans("e-t-e-tl") == [(4, 5), (6, 8)]


@given(st.text("ab!-f .*", max_size=8))
def test_a_line_filter_round_trips_and_its_inverse_is_the_complement(text: str) -> None:
    matcher, error = attempt(parse_pattern, text, FilterError)
    if matcher is None:
        assert error is not None
        assert 0 <= error.position <= len(text)
        return
    assert str(matcher) == text
    inverse = parse_pattern(f"!{text}")
    assert isinstance(inverse, Inverse)
    for line in ("", "a", "ab", "b-a", "!"):
        assert inverse.matches(line) is not matcher.matches(line)
    assert inverse.spans("ab") == []


def test_a_line_filter_keeps_its_spaces() -> None:
    assert parse_pattern("exit code").matches("the exit code is 1")
    assert not parse_pattern("exit code").matches("code exit")
    assert parse_pattern("-f exc").matches("exit code")
    assert parse_pattern(r"\!important").matches("!important")


@given(st.text("ab(-!", max_size=6))
def test_an_error_names_its_place(text: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_pattern(f"!!({text}")
    assert caught.value.position >= 2


@pytest.mark.parametrize("typed", ["shard(65", "shard(65:eu", "shard(65:eu/west)", "^shard(65"])
def test_a_loop_item_is_found_by_its_name_as_it_is_printed(typed: str) -> None:
    found = parse_pattern(typed)
    assert found.matches("shard(65:eu/west)")
    assert not found.matches("shard(66:eu/west)")
    assert not found.matches("shard65")
    assert str(found) == typed
