from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argotui.model.argo import (
    MemoizationStatus,
    Metadata,
    Node,
    TemplateRef,
    Workflow,
    WorkflowStatus,
)
from argotui.model.workflow.pod_name import (
    POD_NAME_FORMAT,
    fnv1a_32,
    make_pod_name,
    node_id,
    pod_name,
)


def make(nodes: list[Node], version: str = "") -> Workflow:
    annotations = {POD_NAME_FORMAT: version} if version else {}
    return Workflow(
        metadata=Metadata(name="wf", annotations=annotations),
        status=WorkflowStatus(nodes={node.id: node for node in nodes}),
    )


def pod(**changes: object) -> Node:
    fields = {"id": "wf-77", "name": "wf.a", "type": "Pod", "template_name": "work"}
    return Node(**(fields | changes))  # type: ignore[arg-type]  # fields of Node


@pytest.mark.parametrize(
    ("data", "digest"),
    # The vectors the authors of FNV publish.
    [(b"", 0x811C9DC5), (b"a", 0xE40C292C), (b"foobar", 0xBF9CF968)],
)
def test_the_hash_is_fnv1a(data: bytes, digest: int) -> None:
    assert fnv1a_32(data) == digest


def test_an_id_is_the_workflow_and_the_hash_of_the_name() -> None:
    assert node_id("suspend-template-xjsg2", "suspend-template-xjsg2[0].approve") == (
        "suspend-template-xjsg2-1771269240"
    )
    assert node_id("wf", "wf") == "wf"


def test_the_second_version_names_workflow_template_and_hash() -> None:
    assert pod_name(make([]), pod()) == "wf-work-77"
    assert pod_name(make([], "v2"), pod()) == "wf-work-77"
    by_ref = pod(template_ref=TemplateRef(name="lib", template="deep"))
    assert pod_name(make([]), by_ref) == "wf-deep-77"
    assert pod_name(make([]), pod(template_name="")) == "wf-77"
    assert pod_name(make([]), pod(id="wf", name="wf")) == "wf"


def test_the_first_version_is_the_id() -> None:
    assert pod_name(make([], "v1"), pod()) == "wf-77"


def test_an_id_of_another_kind_falls_back_to_the_hash_of_the_name() -> None:
    assert make_pod_name("wf", "node", "work", "unrelated") == f"wf-work-{fnv1a_32(b'node')}"


def test_long_names_are_cut_before_the_hash() -> None:
    long, template = "w" * 200, "t" * 100
    name = make_pod_name(long, "node", template, f"{long}-123")
    assert name == f"{long}-{'t' * 41}-123"
    wide = make_pod_name(long, "node", template, f"{long}-12345678901234567890")
    assert len(wide) == 253
    assert wide.endswith("-12345678901234567890")


def test_a_container_runs_in_the_pod_of_its_boundary() -> None:
    owner = pod()
    inner = Node(id="wf-2", name="wf.a.main", type="Container", boundary_id="wf-77")
    assert pod_name(make([owner, inner]), inner) == "wf-work-77"
    lost = Node(id="wf-3", type="Container", boundary_id="gone")
    loop = Node(id="wf-4", type="Container", boundary_id="wf-4")
    assert pod_name(make([lost, loop]), lost) == pod_name(make([lost, loop]), loop) == ""


@pytest.mark.parametrize("kind", ["Suspend", "DAG", "Steps", "Retry", "Skipped", "HTTP", ""])
def test_other_nodes_have_no_pod(kind: str) -> None:
    assert pod_name(make([]), pod(type=kind)) == ""


def test_a_memoized_step_has_no_pod() -> None:
    assert pod_name(make([]), pod(memoization_status=MemoizationStatus(hit=True))) == ""


@given(st.text("abc-", min_size=1, max_size=260), st.text("xyz", max_size=100))
def test_no_pod_name_is_longer_than_kubernetes_allows(workflow: str, template: str) -> None:
    workflow = workflow[:230]
    name = make_pod_name(workflow, "node", template, node_id(workflow, "node"))
    assert len(name) <= 253
    assert name.endswith(str(fnv1a_32(b"node")))
