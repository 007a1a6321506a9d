"""Whose logs are meant: pods of a node, and containers of a pod."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from argotui.backend.kube.core_objects import decode_pods
from argotui.backend.ports import Pod
from argotui.model.argo import (
    ContainerSet,
    NamedContainer,
    Node,
    Template,
    Workflow,
)
from argotui.operations.logs.targets import (
    LogTarget,
    chosen_containers,
    contained,
    find_target,
    main_containers,
    may_come,
    wanted_nodes,
)
from tests.unit.logs.test_workflow_log import KEY, node, workflow


def family() -> Workflow:
    """A DAG with a task group, a retry, nested steps and a container set."""
    return workflow(
        node("wf", "DAG", children=["group", "retry", "steps"]),
        node("group", "TaskGroup", boundary_id="wf", children=["group0", "group1"]),
        Node(id="group0", name="wf.group(0:x)", type="Pod", boundary_id="wf", children=["retry"]),
        Node(id="group1", name="wf.group(1:y)", type="Pod", boundary_id="wf"),
        node("retry", "Retry", boundary_id="wf", children=["try0", "try1", "steps"]),
        Node(id="try0", name="wf.retry(0)", type="Pod", boundary_id="wf"),
        Node(id="try1", name="wf.retry(1)", type="Pod", boundary_id="wf"),
        node("steps", "Steps", boundary_id="wf", children=["sg"]),
        node("sg", "StepGroup", boundary_id="steps", children=["set"]),
        node("set", boundary_id="steps", children=["one", "two"]),
        node("one", "Container", boundary_id="set"),
        node("two", "Container", boundary_id="set"),
        node("gate", "Suspend", boundary_id="wf"),
    )


@pytest.mark.parametrize(
    ("name", "pods"),
    [
        ("wf", {"group0", "group1", "try0", "try1", "set"}),
        ("group", {"group0", "group1"}),
        ("retry", {"try0", "try1"}),
        ("steps", {"set"}),
        ("sg", {"set"}),
        ("one", {"set"}),
        ("try1", {"try1"}),
        ("gate", set()),
        ("absent", set()),
    ],
)
def test_a_node_means_the_pods_inside_it(name: str, pods: set[str]) -> None:
    target = LogTarget(KEY, node_id=name)
    assert {found.id for found in wanted_nodes(family(), target)} == pods


def test_containment_survives_cycles() -> None:
    looped = workflow(
        node("a", "StepGroup", children=["b"], boundary_id="b"),
        node("b", "StepGroup", children=["a"], boundary_id="a"),
    )
    assert contained(looped, "a") == {"a", "b"}


def test_a_target_is_found_by_any_of_its_names() -> None:
    flow = family()
    for text in ("retry", "wf.retry"):
        assert find_target(flow, text).node_id == "retry"
    assert find_target(flow, "").node_id == ""
    assert find_target(flow, "wf").node_id == ""
    with pytest.raises(Exception, match="has no node or pod nonsense"):
        find_target(flow, "nonsense")
    twins = workflow(node("x", display_name="same"), node("y", display_name="same"))
    with pytest.raises(Exception, match="2 nodes of wf are called same"):
        find_target(twins, "same")


def read_pod(**spec: Any) -> Pod:
    """Return a pod as it is read from the API server."""
    document = {
        "metadata": {"name": "p", "annotations": {"workflows.argoproj.io/node-id": "a"}},
        "spec": spec,
    }
    (pod,) = decode_pods([msgspec.Raw(msgspec.json.encode(document))])
    return pod


MESHED = {
    "initContainers": [{"name": "init"}, {"name": "istio-proxy", "restartPolicy": "Always"}],
    "containers": [{"name": "main"}, {"name": "wait"}, {"name": "db"}],
    "ephemeralContainers": [{"name": "debugger-x1"}],
}


@pytest.mark.parametrize(
    ("container", "wanted"),
    [
        ("main", ["main"]),
        ("sidecars", ["istio-proxy", "db"]),
        ("init", ["init"]),
        ("wait", ["wait"]),
        ("debugger-x1", ["debugger-x1"]),
        ("istio-proxy", ["istio-proxy"]),
        ("all", ["init", "istio-proxy", "main", "wait", "db", "debugger-x1"]),
        ("nope", []),
    ],
)
def test_containers_of_every_kind_are_found(container: str, wanted: list[str]) -> None:
    target = LogTarget(KEY, container=container)
    assert chosen_containers(workflow(node("a")), read_pod(**MESHED), target) == wanted


def test_a_pod_that_could_not_be_read_may_have_any_container() -> None:
    pod = msgspec.structs.replace(read_pod(**MESHED), guessed=True)
    assert chosen_containers(None, pod, LogTarget(KEY, container="linkerd")) == ["linkerd"]


def of_a_set(*nodes: str, template: Template | None = None) -> Workflow:
    made = workflow(
        node("a", template_name="set"),
        *(node(f"a-{name}", "Container", display_name=name, boundary_id="a") for name in nodes),
    )
    if template is None:
        return made
    spec = msgspec.structs.replace(made.spec, templates=[template])
    return msgspec.structs.replace(made, spec=spec)


SET = Template(
    name="set",
    container_set=ContainerSet([NamedContainer("one"), NamedContainer("two")]),
    sidecars=[NamedContainer("db")],
)


@pytest.mark.parametrize("nodes", [("one", "two"), ("one",), ()])
def test_a_container_of_a_set_is_read_also_without_its_node(nodes: tuple[str, ...]) -> None:
    pod = read_pod(containers=[{"name": name} for name in ("wait", "one", "two", "db")])
    assert main_containers(of_a_set(*nodes, template=SET), pod) == ["one", "two"]
    assert main_containers(of_a_set(*nodes), pod) == ["one", "two", "db"]


def test_a_container_may_come_where_a_template_names_it() -> None:
    made = of_a_set(template=SET)
    assert [may_come(made, name) for name in ("two", "db", "nope")] == [True, True, False]
