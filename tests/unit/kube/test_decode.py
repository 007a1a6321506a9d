"""Workflows as they really come: whole, or without what is odd about them, which is said."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from typing import Any

import brotli
import msgspec
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from argotui.backend.kube.decode import (
    decode_list,
    decode_metadata,
    decode_raw_document,
    decode_workflow,
)
from argotui.backend.kube.deep_json import prune
from argotui.backend.kube.unpack import UnpackError, unpack
from argotui.errors import ProtocolError
from argotui.model.argo import Workflow
from argotui.model.sanitise import clean
from argotui.model.workflows.summary import summarise

NODES = {"wf": {"id": "wf", "name": "wf", "type": "Pod", "phase": "Running"}}


def wire(value: object) -> bytes:
    return json.dumps(value).encode()


def workflow(**status: object) -> dict[str, Any]:
    return {"metadata": {"name": "wf", "namespace": "argo"}, "status": status}


def strings(value: object) -> list[str]:
    plain = msgspec.to_builtins(value)
    found: list[str] = []
    waiting = [plain]
    while waiting:
        match waiting.pop():
            case str(text):
                found.append(text)
            case dict() as mapping:
                waiting += [*mapping, *mapping.values()]
            case list() as items:
                waiting += items
    return found


def test_a_plain_workflow_is_whole() -> None:
    found = decode_workflow(wire(workflow(phase="Running", nodes=NODES)))

    assert found.problem == ""
    assert str(found.key) == "argo/wf"
    assert found.nodes["wf"].phase == "Running"


def test_what_gos_encoder_escapes_is_not_taken_for_something_bad() -> None:
    found = decode_workflow(rb'{"status":{"message":"a \u003c b \u0026\u0026 c \\u202e"}}')

    assert found.status.message == "a < b && c \\u202e"


@pytest.mark.parametrize("raw", [True, False])
def test_every_string_is_sanitised(raw: bool) -> None:
    hostile = "a\x1b]0;title\x07b\u202ec"
    tree = workflow(message=hostile, nodes={hostile: {"displayName": hostile}})
    tree["metadata"]["labels"] = {hostile: hostile}
    tree["spec"] = {"arguments": {"parameters": [{"name": hostile, "value": hostile}]}}

    found = decode_workflow(json.dumps(tree, ensure_ascii=not raw).encode())

    assert found.problem == ""
    assert found.status.message == "ab\ufffdc"
    assert "ab\ufffdc" in found.nodes
    assert all(clean(text) == text for text in strings(found))


def test_only_the_odd_part_is_left_out_and_named() -> None:
    tree = workflow(
        phase="Running",
        startedAt="2026-01-05T12:00:00",
        nodes={
            "ok": {"phase": "Running", "type": "Pod"},
            "odd": {"phase": ["Running"], "type": "Pod", "children": ["a", 7, "b"]},
            "worse": "not a node",
        },
    )
    tree["metadata"]["labels"] = None
    tree["spec"] = {"arguments": {"parameters": [{"name": "p", "value": {"a": 1}}, "q"]}}

    found = decode_workflow(wire(tree))

    assert found.status.phase == "Running"
    assert found.status.started_at is None
    assert found.metadata.labels == {}
    assert set(found.nodes) == {"ok", "odd"}
    assert found.nodes["odd"].type == "Pod"
    assert found.nodes["odd"].children == ["a", "b"]
    parameters = found.spec.arguments.parameters if found.spec.arguments else None
    assert [parameter.name for parameter in parameters or []] == ["p"]
    assert found.problem.startswith("Left out, for being of the wrong type: ")
    for path in ("spec.arguments.parameters[0].value", "status.startedAt", "and 1 more"):
        assert path in found.problem


def test_scalars_that_can_be_converted_are() -> None:
    found = decode_workflow(wire(workflow(estimatedDuration="12", nodes={"n": {"daemoned": "x"}})))

    assert found.status.estimated_duration == 12
    assert found.problem.endswith("status.nodes[n].daemoned")


def test_a_parameters_value_stays_what_it_was() -> None:
    tree = workflow()
    values = ["007", "true", "1.50", 5, True, None]
    tree["spec"] = {
        "arguments": {"parameters": [{"name": "p", "value": value} for value in values]},
        "priority": "3",
    }

    spec = decode_workflow(wire(tree)).spec

    assert spec.arguments is not None
    assert [parameter.value for parameter in spec.arguments.parameters or []] == values
    assert spec.priority == 3


@pytest.mark.parametrize("tree", [{}, {"metadata": None}, {"metadata": {}, "status": None}])
def test_what_is_absent_is_no_problem(tree: dict[str, object]) -> None:
    assert decode_workflow(wire(tree)) == Workflow()


@pytest.mark.parametrize("raw", [b"null", b"[]", b"5", b"{", b'"x"', b"\xff", b""])
def test_what_is_no_workflow_at_all_says_so(raw: bytes) -> None:
    assert decode_workflow(raw).problem.startswith("It cannot be read: ")


def test_nobody_else_writes_what_argotui_says() -> None:
    forged = {"argotuiProblem": "call 555"}

    assert decode_workflow(wire(forged)).problem == ""
    assert "555" not in decode_workflow(wire(forged | {"status": 5})).problem


def test_lone_surrogates_and_broken_utf_8_cost_only_themselves() -> None:
    found = decode_workflow(
        b'{"metadata":{"name":"w"},"status":{"phase":"Running","message":"a\\ud800b\xff"}}'
    )

    assert (found.metadata.name, found.status.phase) == ("w", "Running")
    assert found.status.message == "a\ufffdb\ufffd"


@pytest.mark.parametrize("big", [b"1" + b"0" * 400, b"9223372036854775807", b"1e999"])
def test_names_of_253_characters_and_numbers_beyond_all_bounds(big: bytes) -> None:
    name = b"x" * 253
    found = decode_workflow(
        b'{"metadata":{"name":"%b"},"status":{"estimatedDuration":%b,"phase":"Running",'
        b'"resourcesDuration":{"cpu":%b},"progress":"%b/1"}}' % (name, big, big, b"9" * 5000)
    )

    assert found.metadata.name == name.decode()
    assert found.status.estimated_duration == 0
    assert found.status.resources_duration == {}
    assert "status.estimatedDuration, status.resourcesDuration[cpu]" in found.problem
    assert summarise(found).progress is None


def test_nesting_as_deep_as_go_allows_loses_neither_the_page_nor_the_object() -> None:
    deep = b"[" * 9000 + b"]" * 9000
    bad = b'{"metadata":{"name":"a"},"spec":{"x":%b,"entrypoint":"e\\u001b"}}' % deep

    items = decode_list(b'{"items":[%b,{"metadata":{"name":"b"}}]}' % bad).items or []

    assert [decode_workflow(item).metadata.name for item in items] == ["a", "b"]
    assert decode_workflow(bad).spec.entrypoint == "e\ufffd"
    assert decode_metadata(bad).name == "a"
    assert decode_raw_document(bad)["metadata"] == {"name": "a"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=30,
    ),
    st.integers(1, 6),
)
def test_pruning_cuts_below_a_depth_and_changes_nothing_above(tree: object, limit: int) -> None:
    def cut(value: object, depth: int) -> object:
        if isinstance(value, dict | list) and depth == limit:
            return "(nested too deeply)"
        if isinstance(value, dict):
            return {key: cut(item, depth + 1) for key, item in value.items()}
        if isinstance(value, list):
            return [cut(item, depth + 1) for item in value]
        return value

    assert json.loads(prune(wire(tree), limit)) == cut(tree, 0)


def pack(document: bytes, how: str) -> str:
    packed = {
        "gzip": gzip.compress,
        "zstd": zstandard.ZstdCompressor().compress,
        "brotli": brotli.compress,
    }[how](document)
    return base64.b64encode(packed).decode()


ALGORITHMS = ["gzip", "zstd", "brotli"]


@pytest.mark.parametrize("how", ALGORITHMS)
def test_packed_nodes_are_unpacked(how: str) -> None:
    found = decode_workflow(wire(workflow(compressedNodes=pack(wire(NODES), how))))

    assert found.problem == ""
    assert found.nodes["wf"].is_gate is False
    assert found.nodes["wf"].phase == "Running"
    assert found.status.compressed_nodes == ""


def test_packed_nodes_are_sanitised() -> None:
    packed = pack(wire({"a\u202e": {"name": "x\x1b[31my"}}), "gzip")

    found = decode_workflow(wire(workflow(compressedNodes=packed)))

    assert [(key, node.name) for key, node in found.nodes.items()] == [("a\ufffd", "xy")]


@pytest.mark.parametrize("how", ALGORITHMS)
def test_a_bomb_is_not_unpacked(how: str) -> None:
    packed = pack(b" " * (8 << 20), how)

    with pytest.raises(UnpackError, match="larger than 4 MiB"):
        unpack(packed, cap=4 << 20)
    assert len(unpack(packed, cap=8 << 20)) == 8 << 20


@pytest.mark.parametrize("how", ALGORITHMS)
def test_packed_nodes_that_end_too_early_are_told(how: str) -> None:
    data = base64.b64decode(pack(wire({str(i): {"id": str(i)} for i in range(500)}), how))
    cut = base64.b64encode(data[: len(data) // 2]).decode()

    found = decode_workflow(wire(workflow(phase="Running", compressedNodes=cut)))

    assert found.problem.startswith("The nodes are packed and cannot be unpacked: ")
    assert found.status.phase == "Running"


@pytest.mark.parametrize(
    ("packed", "words"),
    [
        ("***", "not base64"),
        (base64.b64encode(b"\x1f\x8b nonsense").decode(), "broken gzip data"),
        (base64.b64encode(b"\x28\xb5\x2f\xfd nonsense").decode(), "broken zstd data"),
        (base64.b64encode(b"nonsense!").decode(), "brotli"),
        (pack(b"[]", "gzip"), "not a map"),
        (pack(b"x", "gzip"), "not JSON"),
    ],
    ids=["text", "gzip", "zstd", "brotli", "list", "letter"],
)
def test_what_is_wrong_with_packed_nodes_is_told(packed: str, words: str) -> None:
    assert words in decode_workflow(wire(workflow(compressedNodes=packed))).problem


def test_odd_packed_nodes_are_left_out_and_named() -> None:
    packed = pack(wire(NODES | {"odd": {"phase": 7, "id": []}}), "zstd")

    found = decode_workflow(wire(workflow(compressedNodes=packed)))

    assert set(found.nodes) == {"wf", "odd"}
    assert "status.nodes[odd].id" in found.problem


def test_offloaded_nodes_are_told_with_the_way_out() -> None:
    found = decode_workflow(wire(workflow(offloadNodeStatusVersion="fnv:123")))

    assert "Argo server" in found.problem
    assert (
        decode_workflow(wire(workflow(offloadNodeStatusVersion="fnv:1", nodes=NODES))).problem == ""
    )


def test_metadata_alone() -> None:
    found = decode_metadata(
        b'{"metadata":{"name":"a\\u200b","creationTimestamp":"2026-01-05T12:00:00Z","uid":[]}}'
    )

    assert found.name == "a\ufffd"
    assert found.creation_timestamp == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert decode_metadata(b"nonsense").name == ""


KEYS = [
    *("metadata", "spec", "status", "nodes", "name", "namespace", "labels", "annotations"),
    *("phase", "type", "startedAt", "creationTimestamp", "children", "outputs", "inputs"),
    *("parameters", "value", "enum", "templates", "arguments", "suspend", "duration", "message"),
    *("compressedNodes", "progress", "resourcesDuration", "conditions", "storedTemplates"),
    *("argotuiProblem", "daemoned", "nodeFlag", "artifacts", "s3", "estimatedDuration"),
]
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["2026-01-05T12:00:00Z", "0001-01-01T00:00:00Z", "Running", "1", "\x1b[31m"])
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=25,
)
likely = st.fixed_dictionaries(
    {},
    optional={
        "metadata": st.dictionaries(st.sampled_from(KEYS), trees, max_size=4),
        "spec": st.dictionaries(st.sampled_from(KEYS), trees, max_size=4),
        "status": st.dictionaries(st.sampled_from(KEYS), trees, max_size=6),
    },
)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), trees) | likely)
def test_any_object_becomes_a_workflow_that_can_be_shown(tree: dict[str, object]) -> None:
    found = decode_workflow(wire(tree))

    assert all(clean(text) == text for text in strings(found))
    assert summarise(found).key == found.key
    for node in found.nodes.values():
        assert node.started_at is None or node.started_at.tzinfo is not None
    assert isinstance(decode_metadata(wire(tree)).name, str)


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:\\u0d8', max_size=60).map(str.encode))
def test_any_bytes_become_a_workflow_or_a_fault_of_the_answer(raw: bytes) -> None:
    assert isinstance(decode_workflow(raw), Workflow)
    try:
        decode_list(raw)
    except ProtocolError as error:
        assert error.title  # noqa: PT017 - both outcomes are right
