"""References, conditions and loops of the embedded controller."""

from __future__ import annotations

import pytest

from argotui.demo.argo.templating import (
    ConditionError,
    evaluate,
    expand,
    substitute,
    unresolved,
)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("YES == YES", True),
        ("NO != NO", False),
        ("0.87 >= 0.9", False),
        ("10 > 9", True),
        ("\"10\" < '9'", True),
        ("a == a && (b == c || 1 == 1)", True),
        ("!(a == b)", True),
        ("true", True),
        ("release-2.41 =~ '^release'", True),
        ("'two words' == 'two words'", True),
    ],
)
def test_conditions(expression: str, expected: bool) -> None:
    assert evaluate(expression) is expected


@pytest.mark.parametrize("expression", ["a", "1 < b", "(a == b", "== b", "a == b c"])
def test_what_is_no_condition(expression: str) -> None:
    with pytest.raises(ConditionError):
        evaluate(expression)


def test_bare_words_can_be_looked_up() -> None:
    known = {"workflow.status": "Failed"}
    assert evaluate('workflow.status == "Failed"', lambda word: known.get(word, word))


def test_references_that_are_not_known_stay() -> None:
    document = {"args": ["{{inputs.parameters.a}}", "{{ steps.b.outputs.result }}", 3]}
    filled = substitute(document, {"inputs.parameters.a": "x"})
    assert filled == {"args": ["x", "{{ steps.b.outputs.result }}", 3]}
    assert unresolved(filled, ("steps.",)) == "steps.b.outputs.result"


def test_items_name_their_copies_as_argo_does() -> None:
    step = {"name": "s", "template": "t", "arguments": {"p": "{{item.a}}"}}
    maps = expand({**step, "withItems": [{"b": 1, "a": "x(y)"}]})
    assert [each["name"] for each in maps] == ["s(0:a:xy,b:1)"]
    assert maps[0]["arguments"] == {"p": "x(y)"}
    numbers = expand({**step, "withParam": '[1, true, "z"]'})
    assert [each["name"] for each in numbers] == ["s(0:1)", "s(1:true)", "s(2:z)"]
    sequence = expand({**step, "withSequence": {"count": "3", "format": "n%02d"}})
    assert [each["name"] for each in sequence] == ["s(0:n00)", "s(1:n01)", "s(2:n02)"]
    with pytest.raises(ConditionError):
        expand({**step, "withParam": "no list"})
