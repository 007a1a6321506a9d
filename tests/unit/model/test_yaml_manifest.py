"""Manifests are read as kubectl and argo read them."""

from __future__ import annotations

import pytest
import yaml

from argotui.model.yaml_manifest import manifest_documents


def read(text: str) -> object:
    (document,) = manifest_documents(text)
    return document.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12:30:45", "12:30:45"),
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31T06:00:00Z", "2026-01-31T06:00:00Z"),
        ("1e3", 1000.0),
        ("08", 8.0),
        ("017", 15),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b101", 5),
        ("-0b1", -1),
        ("1_000", 1000),
        ("+7", 7),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("18446744073709551615", 18446744073709551615),
        ("36893488147419103232", 36893488147419103232.0),
        ("1.2.3", "1.2.3"),
        ("-", [None]),
        ("0x", "0x"),
        ("y", True),
        ("Off", False),
        ("yES", "yES"),
        ("'yes'", "yes"),
        ("~", None),
        ("nULL", "nULL"),
        (".inf", ".inf"),
        ("!!str 1", "1"),
        ("!!timestamp 2026-01-31", "2026-01-31"),
    ],
)
def test_a_scalar_is_what_go_makes_of_it(text: str, value: object) -> None:
    if text in ("~",):
        assert list(manifest_documents(text)) == []
        return
    found = read(f"{text}\n")
    assert found == value
    assert type(found) is type(value)


def test_keys_are_texts_and_come_once() -> None:
    assert read("{1: a, yes: b, 1.5: c, null: d}") == {
        "1": "a",
        "true": "b",
        "1.5": "c",
        "null": "d",
    }
    with pytest.raises(yaml.YAMLError, match="the key a comes twice"):
        read("a: 1\nb: 2\na: 3\n")
    with pytest.raises(yaml.YAMLError, match="a key is a text"):
        read("? [1]\n: x\n")


def test_anchors_and_merge_keys_work_and_are_not_shared_keys() -> None:
    assert read("a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n") == {
        "a": {"b": 1, "c": 2},
        "d": {"b": 1, "c": 3},
    }


def test_documents_come_in_order_with_their_lines() -> None:
    found = list(manifest_documents("a: 1\n---\n---\n# nothing\n---\nb: 2\n"))
    assert [each.value for each in found] == [{"a": 1}, {"b": 2}]
    assert found[1].node.start_mark.line == 5


def test_json_is_yaml() -> None:
    assert read('{"a": [1, true, null, "x\\n"]}') == {"a": [1, True, None, "x\n"]}


@pytest.mark.parametrize("text", ["a: [", "!!python/object:os.system x", "a: *b"])
def test_what_is_no_manifest_is_an_error(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        read(text)
