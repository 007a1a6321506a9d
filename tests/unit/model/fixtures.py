"""Workflows made by hand: builders for node maps as the controller writes them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st

from argotui.model.argo import (
    Metadata,
    Node,
    NodeFlag,
    Workflow,
    WorkflowSpec,
    WorkflowStatus,
)
from argotui.model.workflow.pod_name import node_id

START = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
NAME = "wf"


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def workflow(nodes: Iterable[Node], spec: WorkflowSpec | None = None, **status: Any) -> Workflow:
    """A workflow named `wf` with these nodes, keyed by their IDs."""
    return Workflow(
        metadata=Metadata(name=NAME, namespace="argo", uid="1"),
        spec=spec or WorkflowSpec(),
        status=WorkflowStatus(
            phase=status.pop("phase", "Running"),
            started_at=status.pop("started_at", START),
            nodes={node.id: node for node in nodes},
            **status,
        ),
    )


def node(
    name: str,
    kind: str = "Pod",
    phase: str = "Succeeded",
    *,
    boundary: str = "",
    children: Sequence[str] = (),
    start: float = 0,
    end: float | None = None,
    display: str = "",
    **more: Any,
) -> Node:
    """A node by its full name; `boundary` and `children` are full names too."""
    ended = phase not in ("Running", "Pending", "")
    return Node(
        id=node_id(NAME, name),
        name=name,
        display_name=display or name.rpartition(".")[2],
        type=kind,
        phase=phase,
        boundary_id=node_id(NAME, boundary) if boundary else "",
        children=[node_id(NAME, child) for child in children] or None,
        outbound_nodes=[node_id(NAME, each) for each in more.pop("outbound", ())] or None,
        started_at=at(start),
        finished_at=at(start + 10 if end is None else end) if ended else None,
        template_name=more.pop("template", "work"),
        **more,
    )


def dag(
    after: Mapping[str, Sequence[str]],
    phases: Mapping[str, str] | None = None,
    took: float = 10,
) -> Workflow:
    """A DAG of tasks that each come after others; each starts when the last of those has ended."""
    start: dict[str, float] = {}
    children: dict[str, list[str]] = {task: [] for task in after}
    for task, before in after.items():
        start[task] = max((start[other] + took for other in before), default=0.0)
        for other in before:
            children[other].append(f"{NAME}.{task}")
    first = [f"{NAME}.{task}" for task, before in after.items() if not before]
    last = [f"{NAME}.{task}" for task, held in children.items() if not held]
    nodes = [node(NAME, "DAG", "Running", children=first, outbound=last, display=NAME)]
    nodes += [
        node(
            f"{NAME}.{task}",
            phase=(phases or {}).get(task, "Succeeded"),
            boundary=NAME,
            children=children[task],
            start=start[task],
            end=start[task] + took,
        )
        for task in after
    ]
    return workflow(nodes)


def steps(*groups: Sequence[str], phases: Mapping[str, str] | None = None) -> Workflow:
    """Steps: groups one after the other, the steps of a group side by side."""
    nodes = [node(NAME, "Steps", "Running", children=[f"{NAME}[0]"], display=NAME)]
    for index, group in enumerate(groups):
        name = f"{NAME}[{index}]"
        nodes.append(
            node(
                name,
                "StepGroup",
                boundary=NAME,
                children=[f"{name}.{step}" for step in group],
                start=index * 10,
                display=f"[{index}]",
            )
        )
        following = [f"{NAME}[{index + 1}]"] if index + 1 < len(groups) else []
        nodes += [
            node(
                f"{name}.{step}",
                phase=(phases or {}).get(step, "Succeeded"),
                boundary=NAME,
                children=following,
                start=index * 10,
                display=step,
            )
            for step in group
        ]
    return workflow(nodes)


def fan_out(count: int, phases: Mapping[int, str] | None = None) -> Workflow:
    """A DAG: `list`, then `count` items of `shot` under a TaskGroup, then `report`."""
    items = [f"{NAME}.shot({index}:host{index})" for index in range(count)]
    return workflow(
        [
            node(NAME, "DAG", "Running", children=[f"{NAME}.list"], display=NAME),
            node(f"{NAME}.list", boundary=NAME, children=[f"{NAME}.shot"]),
            node(f"{NAME}.shot", "TaskGroup", boundary=NAME, children=items, start=10),
            *(
                node(
                    item,
                    phase=(phases or {}).get(index, "Succeeded"),
                    boundary=NAME,
                    children=[f"{NAME}.report"],
                    start=10,
                    display=f"shot({index}:host{index})",
                )
                for index, item in enumerate(items)
            ),
            node(f"{NAME}.report", phase="Pending", boundary=NAME, start=20),
        ]
    )


def retries(attempts: int) -> Workflow:
    """A DAG with one task that is tried again until its last attempt succeeds."""
    names = [f"{NAME}.fetch({index})" for index in range(attempts)]
    return workflow(
        [
            node(NAME, "DAG", children=[f"{NAME}.fetch"], display=NAME),
            node(f"{NAME}.fetch", "Retry", boundary=NAME, children=names),
            *(
                node(
                    name,
                    phase="Succeeded" if index == attempts - 1 else "Failed",
                    boundary=NAME,
                    children=[f"{NAME}.store"] if index == attempts - 1 else [],
                    start=index * 20,
                    node_flag=NodeFlag(retried=True),
                )
                for index, name in enumerate(names)
            ),
            node(f"{NAME}.store", boundary=NAME, start=attempts * 20),
        ]
    )


def hooks() -> Workflow:
    """A DAG with a hook on its task, one on the workflow, and exit handlers of both."""
    flag = NodeFlag(hooked=True)
    return workflow(
        [
            node(NAME, "DAG", children=[f"{NAME}.build", f"{NAME}.hooks.running"], display=NAME),
            node(
                f"{NAME}.build",
                boundary=NAME,
                children=[f"{NAME}.build.hooks.slow", f"{NAME}.build.onExit"],
            ),
            node(f"{NAME}.build.hooks.slow", boundary=NAME, start=5, node_flag=flag),
            node(
                f"{NAME}.build.onExit",
                boundary=NAME,
                start=12,
                node_flag=flag,
                display="build.onExit",
            ),
            node(f"{NAME}.hooks.running", start=1, node_flag=flag),
            node(f"{NAME}.onExit", start=0, node_flag=flag, display=f"{NAME}.onExit"),
        ]
    )


def chain(length: int) -> Workflow:
    """Steps inside steps inside steps: as deep as a recursive template gets."""
    names = [NAME]
    for _ in range(length - 1):
        names.append(f"n{len(names)}")
    return workflow(
        node(
            name,
            "DAG",
            "Running",
            boundary=names[index - 1] if index else "",
            children=names[index + 1 : index + 2],
            start=index,
        )
        for index, name in enumerate(names)
    )


T = TypeVar("T")
E = TypeVar("E", bound=Exception)


def attempt(make: Callable[[str], T], text: str, error: type[E]) -> tuple[T | None, E | None]:
    """What a parser gives, or the error it raises; any other error passes through."""
    try:
        return make(text), None
    except error as raised:
        return None, raised


TYPES = (
    *("Pod", "Container", "Steps", "StepGroup", "DAG", "TaskGroup"),
    *("Retry", "Skipped", "Suspend", "HTTP", "Plugin", "Novel", ""),
)
PHASES = ("", "Pending", "Running", "Succeeded", "Failed", "Error", "Skipped", "Omitted", "Odd")

_IDS = [NAME, *(f"n{number}" for number in range(12))]
_SOME = st.sampled_from([*_IDS, "missing", ""])


@st.composite
def wild_nodes(draw: st.DrawFn) -> Workflow:
    """Any node map at all: cycles, missing and several parents, unknown types and phases."""
    found: dict[str, Node] = {}
    for each in draw(st.lists(st.sampled_from(_IDS), unique=True)):
        started = draw(st.none() | st.integers(0, 50))
        ended = draw(st.none() | st.integers(0, 100))
        base = draw(
            st.sampled_from(["", "wf.a", "wf.b", f"wf.{each}", "a(0:x)", "[3]", "x.onExit"])
        )
        found[each] = Node(
            id=each,
            name=base,
            display_name=draw(st.sampled_from([base, "", "scan(3:x)", "scan(12:y)"])),
            type=draw(st.sampled_from(TYPES)),
            phase=draw(st.sampled_from(PHASES)),
            boundary_id=draw(_SOME),
            children=draw(st.none() | st.lists(_SOME, max_size=6)),
            outbound_nodes=draw(st.none() | st.lists(_SOME, max_size=3)),
            started_at=None if started is None else at(started),
            finished_at=None if ended is None else at(ended),
        )
    return Workflow(
        metadata=Metadata(name=NAME, namespace="argo"), status=WorkflowStatus(nodes=found)
    )
