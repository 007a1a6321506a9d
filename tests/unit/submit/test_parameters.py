"""The fields of a submission and the values that fit."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from argotui.model.submission.parameters import (
    SCHEMA,
    ParameterField,
    parameter_fields,
    unknown_names,
    value_problems,
    values_of_run,
)
from argotui.model.submission.schema import SchemaError, ValueSchema


def field(schema: object = None, **parts: Any) -> ParameterField:
    """Return the field of one parameter `p`."""
    notes = {} if schema is None else {SCHEMA + "p": json.dumps(schema)}
    spec = {"arguments": {"parameters": [{"name": "p", **parts}]}}
    (found,) = parameter_fields(spec, notes)
    return found


def test_fields_are_the_arguments_and_then_the_inputs_of_the_entrypoint() -> None:
    spec = {
        "entrypoint": "main",
        "arguments": {"parameters": [{"name": "version", "value": 2.5}, {"name": "region"}]},
        "templates": [
            {
                "name": "main",
                "inputs": {
                    "parameters": [
                        {"name": "region", "default": "eu", "enum": ["eu", "us"]},
                        {"name": "dry", "description": "Change nothing.", "default": False},
                    ]
                },
            },
            {"name": "other", "inputs": {"parameters": [{"name": "only"}]}},
        ],
    }
    version, region, dry = parameter_fields(spec, {})
    assert (version.name, version.default, version.required) == ("version", "2.5", False)
    assert (region.default, region.choices) == ("eu", ("eu", "us"))
    assert (dry.default, dry.description) == ("false", "Change nothing.")
    names = [each.name for each in parameter_fields(spec, {}, "other")]
    assert names == ["version", "region", "only"]


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"arguments": None, "templates": None},
        {"arguments": {"parameters": "x"}, "entrypoint": 3, "templates": [None, {"name": 3}]},
        {"arguments": {"parameters": [None, {}, {"name": ""}, {"name": 4}]}},
        {"entrypoint": "a", "templates": [{"name": "a", "inputs": [], "metadata": {}}]},
    ],
)
def test_what_is_malformed_is_left_out(spec: dict[str, Any]) -> None:
    assert parameter_fields(spec, {}) == []


def test_a_value_from_elsewhere_needs_none_here() -> None:
    reference = {"configMapKeyRef": {"name": "settings", "key": "level"}}
    assert field(valueFrom=reference).value_from == "ConfigMap settings, key level"
    assert not field(valueFrom=reference).required
    assert field(valueFrom={**reference, "default": 3}).default == "3"


def test_a_choice_is_one_of_those_of_the_template() -> None:
    chosen = field(enum=["eu", "us", 3])
    assert chosen.problems("us") == []
    assert chosen.problems("3") == []
    assert chosen.problems("EU") == ["p must be one of eu, us, 3"]


@pytest.mark.parametrize(
    ("schema", "good", "bad", "said"),
    [
        ({"type": "integer"}, "3", "3.5", "be a whole number"),
        ({"type": "integer"}, "-1", "x", "be a whole number"),
        ({"type": "number", "minimum": 0}, "0.5", "-1", "be at least 0"),
        ({"type": "integer", "maximum": 9}, "9", "10", "be at most 9"),
        ({"type": "boolean"}, "true", "yes", "be true or false"),
        ({"pattern": "^v[0-9]+$"}, "v12", "12", "match ^v[0-9]+$"),
        ({"type": "string", "minLength": 2}, "ab", "a", "be at least 2 characters long"),
        ({"type": "string", "format": "ipv4"}, "10.0.0.1", "10.0.0", "be a valid ipv4"),
        ({"enum": ["a", "b"]}, "a", "c", "be one of a, b"),
        ({"type": ["integer", "null"]}, "null", "x", "be a whole number or null"),
        ({"type": ["string", "integer"], "minLength": 2}, "ab", "a", "be at least 2 characters"),
        ({"type": "object", "required": ["a"]}, '{"a":1}', "{}", "be complete"),
        (
            {"type": "object", "properties": {"n": {"type": "integer"}}},
            '{"n":1}',
            '{"n":"x"}',
            "have at n a value that must be a whole number",
        ),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"pattern": "^a$"}}}, "a", "b", "match ^a$"),
    ],
)
def test_a_schema_says_what_a_value_must_be(
    schema: dict[str, Any], good: str, bad: str, said: str
) -> None:
    assert field(schema).problems(good) == []
    (problem,) = field(schema).problems(bad)
    assert problem.startswith(f"p must {said}")


def test_several_values_are_a_json_list_or_written_with_commas() -> None:
    items = {"enum": ["eu", "us", "ap"]}
    listed = field({"type": "array", "items": items, "minItems": 1, "uniqueItems": True})
    assert (listed.several, listed.choices) == (True, ("eu", "us", "ap"))
    assert listed.problems('["eu","ap"]') == []
    assert listed.problems("[]") == ["p must have at least 1 of the values"]
    assert listed.problems('["eu","eu"]') == ["p must have no value twice"]
    assert listed.problems('["mars"]') == ["p must be only of eu, us, ap"]
    assert listed.problems("eu,ap") == ["p must be a JSON list"]
    assert listed.schema is not None
    assert listed.schema.joined(["eu", "ap"]) == '["eu", "ap"]'

    comma = field({"type": "array", "format": "comma-separated", "items": items, "maxItems": 2})
    assert comma.problems("eu,ap") == []
    assert comma.problems("") == []
    assert comma.problems("eu,us,ap") == ["p must have at most 2 of the values"]
    assert comma.schema is not None
    assert comma.schema.joined(["eu", "ap"]) == "eu,ap"
    numbers = ValueSchema('{"type":"array","items":{"enum":[1,2]}}')
    assert numbers.joined(["2"]) == "[2]"
    assert numbers.problems("[2]") == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "it is not JSON"),
        ("[]", "it is not a JSON object"),
        ('{"type": "text"}', "it is not a JSON Schema"),
        ('{"pattern": "("}', "it is not a JSON Schema: '(' is not a 'regex'"),
        ('{"pattern": "(a+)+$"}', "its pattern cannot be used"),
        ("[" * 100_000, "it is not"),
    ],
)
def test_a_schema_that_cannot_be_used_is_said_and_hides_nothing(text: str, why: str) -> None:
    with pytest.raises(SchemaError, match=re.escape(why)):
        ValueSchema(text)
    (found,) = parameter_fields(
        {"arguments": {"parameters": [{"name": "p"}]}}, {SCHEMA + "p": text}
    )
    assert found.note.startswith(f"the schema of p is not used: {why}")
    assert found.problems("anything") == []


def test_a_schema_never_leads_out_of_itself() -> None:
    remote = ValueSchema('{"$ref": "http://127.0.0.1:1/s"}')
    assert remote.problems("x") == [
        "be checked by hand: its schema refers to http://127.0.0.1:1/s, which is not in it"
    ]
    endless = ValueSchema('{"$ref": "#"}')
    assert endless.problems("x") == [
        "be checked by hand: its schema refers to itself without an end"
    ]


def test_a_long_text_is_not_searched_by_a_costly_pattern() -> None:
    costly = ValueSchema(r'{"pattern": "^a*b*c*$"}')
    assert costly.problems("abc") == []
    (said,) = costly.problems("a" * 100_000)
    assert said.startswith("be short: its pattern checks at most")


def test_problems_name_each_parameter() -> None:
    spec = {
        "arguments": {
            "parameters": [
                {"name": "version", "description": "What to release."},
                {"name": "region", "enum": ["eu"], "value": "eu"},
            ]
        }
    }
    fields = parameter_fields(spec, {})
    assert value_problems(fields, {"region": "us"}) == [
        "version needs a value: What to release.",
        "region must be one of eu",
    ]
    assert value_problems(fields, {"version": ""}) == []
    assert unknown_names(fields, ["verson", "region"]) == [
        "there is no parameter verson; did you mean version?"
    ]


def test_the_values_of_a_run_are_its_own_over_those_of_its_template() -> None:
    run = {
        "spec": {"arguments": {"parameters": [{"name": "b", "value": 3}]}},
        "status": {
            "storedWorkflowTemplateSpec": {
                "arguments": {
                    "parameters": [
                        {"name": "a", "value": "x"},
                        {"name": "b", "value": "1"},
                        {"name": "c"},
                    ]
                }
            }
        },
    }
    assert values_of_run(run) == {"a": "x", "b": "3"}
    assert values_of_run({}) == {}
