"""Values that are chosen and written back, as lines from which they can be read off."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.redact import MASK
from argotui.model.sanitise import clean, clean_line, escape_json
from argotui.model.spelling import read_spelled, shown_value, spelled
from argotui.model.yaml_text import dump_yaml

TEXTS = st.text(
    st.one_of(
        st.characters(codec="utf-8"), st.sampled_from("\x1b[31m\r\n\t\u200d\u202e\ufffd\\\" '\x85")
    )
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("eu", "eu"),
        ("", '""'),
        ("eu ", '"eu "'),
        ("a\r\nb", r'"a\r\nb"'),
        ("a\nb", r'"a\nb"'),
        (r"a\nb", r"a\nb"),
        ('"eu"', r'"\"eu\""'),
        ('{"region":"eu"}', '{"region":"eu"}'),
        ("👩\u200d💻", r'"👩\u200d💻"'),
        ("می\u200cخواهم", r'"می\u200cخواهم"'),
        ("\x1b[31mred", r'"\u001b[31mred"'),
        ("x\U000e0041", r'"x\udb40\udc41"'),
    ],
)
def test_a_value_is_spelled(text: str, shown: str) -> None:
    assert spelled(text) == shown


@given(TEXTS)
def test_what_is_spelled_is_safe_and_says_every_character(text: str) -> None:
    line = spelled(text)
    assert line == clean_line(line) == clean(line)
    assert read_spelled(line) == text


@given(TEXTS, TEXTS)
def test_two_values_never_look_the_same(one: str, other: str) -> None:
    assert (spelled(one) == spelled(other)) is (one == other)


def test_a_control_within_a_secret_does_not_uncover_it() -> None:
    secret = "ghp_" + "a" * 30
    assert shown_value("note", secret) == MASK
    assert "aaaa" not in shown_value("note", f"{secret[:3]}\x1b[m{secret[3:]}")
    assert shown_value("token", "a\nb") == MASK
    assert shown_value("note", "a\nb") == r'"a\nb"'


@given(st.recursive(TEXTS, lambda inner: st.dictionaries(TEXTS, inner) | st.lists(inner)))
def test_json_and_yaml_are_to_the_letter_and_safe(tree: object) -> None:
    printed = escape_json(json.dumps(tree, ensure_ascii=False))
    assert printed == clean(printed)
    assert json.loads(printed) == tree
    text = dump_yaml({"x": tree})
    assert text == clean(text)
    assert yaml.safe_load(text) == {"x": tree}
