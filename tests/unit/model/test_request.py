"""Requests: what changes the digest, what does not, and what a difference looks like."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.gates.request import (
    RESUMED,
    differences,
    digest_of,
    request_for,
)
from tests.unit.model.gate_documents import GATE, OTHER, Document, gate_document

DIGEST = digest_of(gate_document(), GATE)


def changed(change: Callable[[Document], object]) -> Document:
    document = gate_document()
    change(document)
    return document


def node(document: Document, node_id: str = GATE) -> Document:
    found: Document = document["status"]["nodes"][node_id]
    return found


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["metadata"].update(uid="u-2"),
        lambda d: d["metadata"]["labels"].update({"workflows.argoproj.io/creator": "eve"}),
        lambda d: d["metadata"]["labels"].update({"workflows.argoproj.io/creator-email": "e"}),
        lambda d: d["metadata"]["annotations"].update({"argotui.io/creator": "eve"}),
        lambda d: d["metadata"]["annotations"].update({"argotui.io/approvers": "eve"}),
        lambda d: d["spec"]["arguments"]["parameters"][0].update(value="2"),
        lambda d: d["spec"].update(shutdown="Stop"),
        lambda d: d["spec"]["templates"][0].update(suspend={"duration": "1s"}),
        lambda d: d["status"].update(storedWorkflowTemplateSpec={"entrypoint": "x"}),
        lambda d: node(d)["inputs"]["parameters"][0].update(value="four prices"),
        lambda d: node(d)["inputs"]["parameters"].append({"name": "more", "value": ""}),
        lambda d: node(d)["outputs"]["parameters"][1]["valueFrom"].update(default="YES"),
        lambda d: node(d).update(startedAt="2026-01-05T12:00:01Z"),
        lambda d: node(d).update(templateRef={"name": "base", "template": "gate"}),
    ],
)
def test_whatever_a_decision_rests_on_changes_the_digest(change: Callable[[Document], Any]) -> None:
    assert digest_of(changed(change), GATE) != DIGEST
    assert differences(gate_document(), changed(change), GATE)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d["metadata"].update(resourceVersion="43"),
        lambda d: d["metadata"]["labels"].update({"workflows.argoproj.io/phase": "x"}),
        lambda d: d["metadata"]["annotations"].update(other="y"),
        lambda d: d["metadata"]["annotations"].update({"audit.argotui.io/head": "x/1:y"}),
        lambda d: d["metadata"]["annotations"].update({RESUMED: "somebody"}),
        lambda d: d["spec"].update(suspend=True),
        lambda d: node(d, OTHER).update(phase="Succeeded", finishedAt="2026-01-05T12:01:00Z"),
        lambda d: d["status"]["nodes"].pop(OTHER),
        lambda d: d["status"]["nodes"].update({"wf-3": {"type": "Suspend", "phase": "Running"}}),
        lambda d: d["status"].update(progress="1/2"),
        lambda d: d["status"]["storedTemplates"].update({"namespaced/other/x": {}}),
        lambda d: node(d).update(message="waiting"),
    ],
)
def test_progress_beside_the_gate_does_not(change: Callable[[Document], Any]) -> None:
    assert digest_of(changed(change), GATE) == DIGEST
    assert differences(gate_document(), changed(change), GATE) == []


def test_the_template_behind_a_reference_is_part_of_the_request() -> None:
    def referring(document: Document) -> None:
        node(document)["templateRef"] = {"name": "base", "template": "gate"}

    before, after = changed(referring), changed(referring)
    after["status"]["storedTemplates"]["namespaced/base/gate"]["suspend"] = {"duration": "1s"}
    assert digest_of(before, GATE) != digest_of(after, GATE)
    assert [path for path, _, _ in differences(before, after, GATE)] == [
        "storedTemplate.suspend.duration"
    ]


def test_each_suspension_of_a_workflow_is_a_request_of_its_own() -> None:
    document = changed(lambda d: d["spec"].update(suspend=True))
    resumed = copy.deepcopy(document)
    resumed["metadata"]["annotations"][RESUMED] = "ada: approved"
    assert digest_of(document, "") != digest_of(resumed, "")


def test_a_request_names_cluster_workflow_and_gate() -> None:
    request = request_for("https://one", gate_document(), GATE)
    assert (str(request.key), request.uid, request.node_id) == ("argo/wf", "u-1", GATE)
    assert request.started_at == "2026-01-05T12:00:00Z"
    assert request.digest.startswith(request.short)
    assert request != request_for("https://two", gate_document(), GATE)


def test_a_difference_is_told_by_its_path_with_both_values() -> None:
    after = gate_document()
    after["spec"]["arguments"]["parameters"][0]["value"] = "2"
    del after["metadata"]["annotations"]["argotui.io/creator"]
    assert differences(gate_document(), after, GATE) == [
        ("annotations.argotui.io/creator", "ada@example.com", None),
        ("spec.arguments.parameters[0].value", "1 < 2", "2"),
    ]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


def shuffled(value: object, draw: Callable[[list[Any]], list[Any]]) -> object:
    if isinstance(value, dict):
        return {name: shuffled(value[name], draw) for name in draw(list(value))}
    return [shuffled(item, draw) for item in value] if isinstance(value, list) else value


@given(spec=st.dictionaries(st.text(), values, max_size=4), data=st.data())
def test_the_order_of_members_does_not_matter_and_json_does_not_change_it(
    spec: Document, data: st.DataObject
) -> None:
    document = changed(lambda d: d.update(spec=spec))
    again = shuffled(document, lambda names: data.draw(st.permutations(names)))
    assert isinstance(again, dict)
    assert digest_of(document, GATE) == digest_of(again, GATE)
    assert digest_of(json.loads(json.dumps(document)), GATE) == digest_of(document, GATE)


@given(one=st.dictionaries(st.text(), values), two=st.dictionaries(st.text(), values))
def test_digests_are_equal_exactly_where_nothing_differs(one: Document, two: Document) -> None:
    before, after = gate_document(), gate_document()
    before["spec"], after["spec"] = one, two
    found = differences(before, after, GATE)
    same = digest_of(before, GATE) == digest_of(after, GATE)
    # Python holds 1, 1.0 and true for equal; the digest, which decides, does not.
    assert same <= (not found)


@given(document=st.dictionaries(st.text(), values), node_id=st.text())
def test_nothing_that_a_server_could_send_breaks_it(document: Document, node_id: str) -> None:
    assert len(request_for("c", document, node_id).digest) == 64
