from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.workflow.node_selector import (
    SelectorError,
    escaped_value,
    parse_node_selector,
)

NODE = {
    "id": "wf-7",
    "name": "wf.build(0:a=b,c)",
    "displayName": "build(0:a=b,c)",
    "phase": "Failed",
    "templateRef": {"name": "tools", "template": "build"},
    "inputs": {"parameters": [{"name": "size", "value": 3}, {"name": "none"}]},
}


@pytest.mark.parametrize(
    ("selector", "matches"),
    [
        ("", True),
        (",", True),
        ("id=wf-7", True),
        ("id==wf-7", True),
        ("id!=wf-7", False),
        ("phase=Failed,id=wf-8", False),
        (r"displayName=build(0:a\=b\,c)", True),
        ("templateName=build", True),
        ("templateRef.name=tools,templateRef.template=build", True),
        ("inputs.parameters.size.value=3", True),
        ("inputs.parameters.none.value=", True),
        ("nothing=", True),
        ("nothing=x", False),
    ],
)
def test_fields_are_compared(selector: str, matches: bool) -> None:
    assert parse_node_selector(selector).matches(NODE) is matches


@pytest.mark.parametrize("selector", ["id", "id=a=b", r"id=\x", "id=\\", "phase in (Failed)"])
def test_what_is_no_selector_is_refused(selector: str) -> None:
    with pytest.raises(SelectorError):
        parse_node_selector(selector)


def test_a_field_that_no_node_has_is_named() -> None:
    selector = parse_node_selector("displayname=a,inputs.parameters.p.value=x,id=2")
    assert selector.unknown_fields == ["displayname"]


@given(st.text())
def test_every_value_can_be_written(value: str) -> None:
    selector = parse_node_selector(f"name={escaped_value(value)}")
    assert selector.matches({"name": value})
    assert not selector.matches({"name": value + "x"})
