"""The one write of a decision: all of it, only the gate's fields, only on what was seen."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.demo.api.patching import JSON_PATCH, apply_patch
from argotui.demo.api.status import ApiError
from argotui.model.gates.decision import Choice, message_of
from argotui.model.gates.patch import (
    NotAGate,
    decided_nodes,
    decision_patch,
    pointer,
    resume_patch,
)
from argotui.model.gates.request import RESUMED
from tests.unit.model.fixtures import START
from tests.unit.model.gate_documents import GATE, Document, decision_on, gate_document

VALUES = {"approve": "YES", "note": "as agreed"}


def applied(operations: list[dict[str, Any]], document: Document) -> Document:
    """Return what the API server makes of a patch; raises `ApiError` where it refuses it."""
    return apply_patch(document, JSON_PATCH, json.dumps(operations).encode())


def parent_of(document: Document, place: tuple[str, ...]) -> Document:
    for name in place[:-1]:
        document = document[name]
    return document


@given(
    choice=st.sampled_from(Choice),
    values=st.fixed_dictionaries({}, optional={"approve": st.text(), "note": st.text()}),
    reason=st.text(),
    strict=st.booleans(),
)
def test_the_patch_and_the_whole_write_come_to_the_same(
    choice: Choice, values: dict[str, str], reason: str, strict: bool
) -> None:
    document = gate_document()
    decision = decision_on(document, choice, values=values, reason=reason)
    patched = applied(decision_patch(decision, document, START, strict=strict), document)
    assert patched["status"]["nodes"] == decided_nodes(decision, document, START)
    node = patched["status"]["nodes"][GATE]
    was = document["status"]["nodes"][GATE]
    changed = {name for name in node.keys() | was.keys() if node.get(name) != was.get(name)}
    assert changed <= {"phase", "message", "finishedAt", "outputs"}
    assert node["phase"] == choice.phase
    assert node["message"] == message_of(decision)
    assert node["finishedAt"] == "2026-01-05T12:00:00Z"
    for before, after in zip(
        was["outputs"]["parameters"], node["outputs"]["parameters"], strict=True
    ):
        if choice is Choice.APPROVE and before["name"] in values:
            kept = {name: value for name, value in before.items() if name != "valueFrom"}
            assert after == {**kept, "value": values[before["name"]]}
        else:
            assert after == before
    del patched["status"]["nodes"][GATE], document["status"]["nodes"][GATE]
    assert patched == document


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["metadata"].update(uid="u-2"),
        lambda d: d["metadata"]["labels"].update({"workflows.argoproj.io/creator": "eve"}),
        lambda d: d["metadata"]["annotations"].update({"argotui.io/creator": "eve"}),
        lambda d: d["spec"]["arguments"]["parameters"][0].update(value="3"),
        lambda d: d["spec"].update(shutdown="Stop"),
        lambda d: d["status"]["storedWorkflowTemplateSpec"].update(entrypoint="other"),
        lambda d: d["status"]["storedTemplates"]["namespaced/base/gate"].update(name="x"),
        lambda d: d["status"]["nodes"][GATE].update(phase="Succeeded"),
        lambda d: d["status"]["nodes"][GATE].update(startedAt="2026-01-05T12:00:01Z"),
        lambda d: d["status"]["nodes"][GATE]["inputs"]["parameters"][0].update(value="4"),
        lambda d: d["status"]["nodes"][GATE]["outputs"]["parameters"].insert(0, {"name": "new"}),
        lambda d: d["status"]["nodes"].pop(GATE),
        lambda d: d["metadata"]["labels"].update({"argotui.io/quarantine": "true"}),
        lambda d: d["metadata"]["labels"].pop("workflows.argoproj.io/creator"),
        lambda d: d["metadata"].pop("labels"),
        lambda d: d["metadata"]["annotations"].update({"argotui.io/approvers": "user:eve"}),
        lambda d: d["metadata"]["annotations"].pop("argotui.io/creator"),
        lambda d: d["metadata"].pop("annotations"),
        lambda d: d["status"].pop("storedTemplates"),
        lambda d: d["status"]["nodes"][GATE].pop("outputs"),
        lambda d: d["status"]["nodes"][GATE].update(templateScope="namespaced/base"),
    ],
)
def test_what_changed_since_it_was_read_refuses_the_whole_patch(
    change: Callable[[Document], Any],
) -> None:
    read = gate_document()
    read["status"]["storedWorkflowTemplateSpec"] = {"entrypoint": "main"}
    read["status"]["nodes"][GATE]["templateRef"] = {"name": "base", "template": "gate"}
    patch = decision_patch(decision_on(read, values=VALUES), read, START)
    applied(patch, read)
    changed = copy.deepcopy(read)
    change(changed)
    with pytest.raises(ApiError):
        applied(patch, changed)


@pytest.mark.parametrize("suspended", [False, True])
@pytest.mark.parametrize(
    "place",
    [
        ("metadata", "labels"),
        ("metadata", "labels", "workflows.argoproj.io/creator"),
        ("metadata", "labels", "workflows.argoproj.io/creator-email"),
        ("metadata", "labels", "workflows.argoproj.io/creator-preferred-username"),
        ("metadata", "annotations"),
        ("metadata", "annotations", "argotui.io/creator"),
        ("metadata", "annotations", "argotui.io/approvers"),
        ("status", "storedWorkflowTemplateSpec"),
    ],
)
def test_what_was_not_there_and_came_since_refuses_the_whole_patch(
    place: tuple[str, ...], suspended: bool
) -> None:
    read = gate_document()
    read["spec"]["suspend"] = suspended
    parent_of(read, place).pop(place[-1], None)
    decision = decision_on(read, node_id="" if suspended else GATE)
    patch = resume_patch(decision, read) if suspended else decision_patch(decision, read, START)
    applied(patch, read)
    came = "eve" if len(place) == 3 else {"argotui.io/creator": "eve"}
    later = copy.deepcopy(read)
    parent_of(later, place)[place[-1]] = came
    with pytest.raises(ApiError):
        applied(patch, later)


@pytest.mark.parametrize(
    ("place", "came"),
    [
        (("status", "storedTemplates"), {"local/wf/gate": {"name": "other"}}),
        (("status", "storedTemplates", "local/wf/gate"), {"name": "other"}),
        (("status", "nodes", GATE, "inputs"), {"parameters": []}),
        (("status", "nodes", GATE, "templateRef"), {"name": "base", "template": "gate"}),
    ],
)
def test_what_came_to_the_node_refuses_the_whole_patch(
    place: tuple[str, ...], came: object
) -> None:
    read = gate_document()
    parent_of(read, place).pop(place[-1], None)
    patch = decision_patch(decision_on(read), read, START)
    applied(patch, read)
    later = copy.deepcopy(read)
    parent_of(later, place)[place[-1]] = came
    with pytest.raises(ApiError):
        applied(patch, later)


def test_a_resumption_that_came_meanwhile_is_not_written_over() -> None:
    document = gate_document()
    document["spec"]["suspend"] = True
    patch = resume_patch(decision_on(document, node_id=""), document)
    applied(patch, document)
    document["metadata"]["annotations"][RESUMED] = "somebody else did, and held it again"
    with pytest.raises(ApiError):
        applied(patch, document)


def test_only_strict_minds_what_is_none_of_the_request() -> None:
    read, later = gate_document(), gate_document()
    later["metadata"]["resourceVersion"] = "43"
    decision = decision_on(read, values=VALUES)
    applied(decision_patch(decision, read, START), later)
    with pytest.raises(ApiError):
        applied(decision_patch(decision, read, START, strict=True), later)


@pytest.mark.parametrize(
    "change",
    [{"phase": "Succeeded"}, {"phase": "Pending"}, {"type": "Pod"}],
)
def test_what_is_no_open_gate_cannot_be_decided(change: dict[str, str]) -> None:
    document = gate_document()
    decision = decision_on(document)
    document["status"]["nodes"][GATE].update(change)
    for write in (decision_patch, decided_nodes):
        with pytest.raises(NotAGate):
            write(decision, document, START)
    del document["status"]["nodes"][GATE]
    with pytest.raises(NotAGate, match="gone"):
        decision_patch(decision, document, START)


@pytest.mark.parametrize("annotations", [{"other": "x"}, {}, None])
def test_a_resumption_ends_the_suspension_says_who_and_touches_nothing_else(
    annotations: dict[str, str] | None,
) -> None:
    document = gate_document()
    document["spec"]["suspend"] = True
    if annotations is None:
        del document["metadata"]["annotations"]
    else:
        document["metadata"]["annotations"] = annotations
    decision = decision_on(document, node_id="", reason="go on")
    after = applied(resume_patch(decision, document), document)
    assert after["metadata"]["annotations"].pop(RESUMED) == message_of(decision)
    assert "suspend" not in after["spec"]
    assert after["status"] == document["status"]
    assert after["metadata"]["annotations"] == (annotations or {})
    again = applied(resume_patch(decision, document), document)
    with pytest.raises(ApiError):
        applied(resume_patch(decision, document), again)
    with pytest.raises(NotAGate):
        resume_patch(decision, again)


def test_annotations_that_came_meanwhile_are_not_written_over() -> None:
    document = gate_document()
    document["spec"]["suspend"] = True
    del document["metadata"]["annotations"]
    patch = resume_patch(decision_on(document, node_id=""), document)
    document["metadata"]["annotations"] = {"other": "x"}
    with pytest.raises(ApiError):
        applied(patch, document)


def test_a_pointer_escapes_what_divides_it() -> None:
    assert pointer("a/b", "c~d") == "/a~1b/c~0d"
