from __future__ import annotations

import json
import sys
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from argotui.model.sanitise import (
    REPLACEMENT,
    clean,
    clean_line,
    clean_tree,
    is_suspect_json,
)

ANY_CHARACTER = st.characters(exclude_categories=())
HOSTILE = st.sampled_from(
    [
        *("\x1b", "\x1b[", "\x1b]", "\x1bP", "\x1b\\", "\x07", "\x9b", "\x9c", "\x9d", "\x90"),
        *("\r", "\r\n", "\n", "\t", "[", "]", "52;c;", "31m", "m", "0", ";", "\\", "u001b", "\\u"),
        *("\u200b", "\u202e", "\u2066", "\ufeff", "\u00ad", "\ud800", "\udc1b", "\U000e0041", "é"),
    ]
)
ANY_TEXT = st.text(ANY_CHARACTER) | st.lists(HOSTILE | st.text(ANY_CHARACTER, max_size=2)).map(
    "".join
)


def is_unsafe(char: str) -> bool:
    """A definition of its own: what may move the cursor, hide text or turn its direction."""
    category = unicodedata.category(char)
    if char in "\n\t":
        return False
    if category in ("Cc", "Cs", "Zl", "Zp"):
        return True
    return (
        unicodedata.bidirectional(char)
        in {*("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN")}
        and category == "Cf"
    )


@given(ANY_TEXT)
def test_nothing_unsafe_is_left(text: str) -> None:
    assert not [char for char in clean(text) if is_unsafe(char)]


@given(ANY_TEXT)
@example("\x1b\x1b[[m")
@example("\x9b\x9b1mm")
@example("\r\r\n\n")
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_line(clean_line(text)) == clean_line(text)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
def test_printable_ascii_is_left_alone(text: str) -> None:
    assert clean(text) == text


@given(ANY_TEXT)
def test_a_line_is_one_line(text: str) -> None:
    assert not set(clean_line(text)) & {"\n", "\t"}


def test_every_character_alone_is_safe_or_replaced() -> None:
    wrong = [
        hex(code)
        for code in range(sys.maxunicode + 1)
        if is_unsafe(chr(code)) and clean(f"a{chr(code)}b") not in (f"a{REPLACEMENT}b", "a", "ab")
    ]
    assert not wrong


def test_every_character_that_is_changed_makes_its_json_suspect() -> None:
    missed: list[str] = []
    for code in range(sys.maxunicode + 1):
        text = f"a{chr(code)}b"
        if clean(text) == text:
            continue
        raw = json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")
        if not (is_suspect_json(raw) and is_suspect_json(json.dumps(text).encode())):
            missed.append(hex(code))
    assert not missed


@given(ANY_TEXT)
def test_json_that_cleaning_would_change_is_always_suspect(text: str) -> None:
    if clean(text) != text:
        assert is_suspect_json(json.dumps(text).encode())
        raw = json.dumps(text, ensure_ascii=False).encode("utf-8", "surrogatepass")
        assert is_suspect_json(raw)
        assert is_suspect_json(memoryview(raw))


def test_ordinary_json_is_not_suspect() -> None:
    document = {"metadata": {"name": "grüße-日本", "labels": {"a/b": "c"}}, "n": [1, True, None]}
    assert not is_suspect_json(json.dumps(document, ensure_ascii=False).encode())


@pytest.mark.parametrize(
    ("hostile", "harmless"),
    [
        ("\x1b]52;c;ZXZpbA==\x07x", "x"),
        ("\x1b]0;title\x1b\\x", "x"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("a\x1b[2Jb", "ab"),
        ("a\rb", f"a{REPLACEMENT}b"),
        ("one\r\ntwo", "one\ntwo"),
        ("a\u202eb", f"a{REPLACEMENT}b"),
        ("\x1b\x1b[m[31mx", "x"),
        ("\x1b]never closed\nnext line", "never closed\nnext line"),
    ],
)
def test_what_terminals_obey_is_gone(hostile: str, harmless: str) -> None:
    assert clean(hostile) == harmless


@given(st.recursive(ANY_TEXT | st.integers(), lambda v: st.lists(v) | st.dictionaries(ANY_TEXT, v)))
def test_keys_and_values_are_cleaned_at_any_depth(value: object) -> None:
    pending = [clean_tree(value)]
    while pending:
        found = pending.pop()
        if isinstance(found, str):
            assert not [char for char in found if is_unsafe(char)]
        elif isinstance(found, dict):
            pending += [*found.keys(), *found.values()]
        elif isinstance(found, list):
            pending += found


def test_sequences_nested_without_end_are_made_harmless_in_a_few_passes() -> None:
    cleaned = clean("\x1b" * 200_000 + "[m" * 200_000)
    assert not [char for char in set(cleaned) if is_unsafe(char)]
