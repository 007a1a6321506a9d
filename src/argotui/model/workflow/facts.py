"""What is known of a node or a workflow: named facts in the order a person asks for them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from argotui.model.argo import (
    ARCHIVING_STATUS,
    CREATOR,
    FULFILLED,
    PERSISTED,
    Artifact,
    Inputs,
    Node,
    Outputs,
    Parameter,
    Workflow,
    text_of,
)
from argotui.model.durations import format_age, format_took
from argotui.model.gates.expiry import deadline_of, describe, expiry_of
from argotui.model.gates.workflow_state import state_words, states_of
from argotui.model.kinds import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE
from argotui.model.phases import (
    PENDING,
    look_of_node,
    look_of_root,
    look_of_workflow,
)
from argotui.model.sanitise import clean_line
from argotui.model.workflow.cause import (
    Cause,
    Causes,
    first_cause,
    held_up_by,
    is_passed_on,
)
from argotui.model.workflow.fact import Fact, fact_of, took
from argotui.model.workflow.lock_facts import lock_facts
from argotui.model.workflow.pod_name import pod_name
from argotui.model.workflows.summary import (
    Summary,
    as_of,
    summarise,
    template_of,
)
from argotui.model.workflows.why import RowReasonKind, is_stuck_now, why_of

_TOLD = 50
"""How many nodes of a group are listed one by one."""


class Event(Protocol):
    """A Kubernetes Event, as `backend.ports.EventRecord` has it."""

    @property
    def time(self) -> datetime | None: ...
    @property
    def type(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def source(self) -> str: ...


def node_facts(
    workflow: Workflow, node: Node, now: datetime, others: Collection[Summary] = ()
) -> list[Fact]:
    """Return the present facts about one node; `others` are the rows of the list."""
    return [
        *_state(workflow, node, now),
        *lock_facts(workflow, now, others, node.id),
        *_parameters("inputs", node.inputs),
        *_parameters("outputs", node.outputs),
        *_results(node.outputs),
        *_artifacts("inputs", node.inputs.artifacts if node.inputs else None),
        *_artifacts("outputs", node.outputs.artifacts if node.outputs else None),
        *_attempts(workflow, node, now),
        *_hooks(workflow, node),
        *_place(workflow, node),
        *_memo(node),
        *_origin(workflow, node),
    ]


def _state(workflow: Workflow, node: Node, now: datetime) -> Iterator[Fact]:
    look = look_of_node(node)
    if node.id == workflow.metadata.name:
        look = look_of_root(node, stuck=is_stuck_now(workflow, why_of(workflow), now))
    yield fact_of("phase", f"{look.glyph} {look.word}", role=look.role)
    if node.is_gate and (state := state_words(states_of(workflow, now))):
        yield fact_of("state", f"the workflow is {state}", role="waiting")
    if node.is_gate:
        expiry = expiry_of(workflow, node)
        role = "" if expiry.at is None else "waiting"
        yield fact_of("expires", describe(expiry, now), role=role)
    if is_passed_on(node.message) and (cause := Causes(workflow).of(node.id)):
        yield fact_of("message", str(cause), role="failed", node=_elsewhere(cause, node.id))
    elif node.message:
        yield fact_of("message", node.message, role=look.role if look.role == "failed" else "")
    if node.outputs and node.outputs.exit_code is not None:
        code = text_of(node.outputs.exit_code) or ""
        yield fact_of("exit code", code, role="failed" if code != "0" else "")
    times = _times(node.started_at, node.finished_at, node.estimated_duration, now)
    label = "waiting" if node.is_gate else "pending" if look is PENDING else "runs for"
    for fact in times:
        yield fact._replace(label=label) if fact.label == "runs for" else fact
    if node.progress:
        yield fact_of("progress", node.progress)
    if node.resources_duration:
        yield fact_of("resources", _resources(node.resources_duration))
    if node.daemoned:
        yield fact_of("daemon", "stays up for the nodes after it")


def _elsewhere(cause: Cause, here: str) -> str:
    """The node of a cause, if it is another one."""
    return cause.node_id if cause.node_id != here else ""


def _times(
    started: datetime | None, finished: datetime | None, estimated: int, now: datetime
) -> Iterator[Fact]:
    seconds = took(started, finished, now)
    if started is not None:
        yield fact_of("started", started.strftime("%Y-%m-%d %H:%M:%S UTC"))
    if finished is not None:
        yield fact_of("finished", finished.strftime("%Y-%m-%d %H:%M:%S UTC"))
    if seconds is None:
        return
    if finished is not None:
        yield fact_of("took", format_took(seconds))
        return
    text = format_age(seconds)
    if estimated:
        left = estimated - seconds
        text += f", about {format_age(left)} left" if left > 0 else ", longer than last time"
    yield fact_of("runs for", text)


def _took_words(node: Node, now: datetime) -> list[str]:
    seconds = took(node.started_at, node.finished_at, now)
    if seconds is None:
        return []
    return [format_took(seconds) if node.finished_at else format_age(seconds)]


def _resources(durations: dict[str, float]) -> str:
    return " · ".join(
        f"{format_took(seconds)}×{_UNITS.get(name, '1')} {name}"
        for name, seconds in durations.items()
    )


_UNITS = {"memory": "100Mi", "storage": "10Gi", "ephemeral-storage": "10Gi"}
"""Of what Argo counts the seconds of a resource (its `ResourceQuantityDenominator`)."""


def _parameters(label: str, side: Inputs | Outputs | None) -> Iterator[Fact]:
    for parameter in (side.parameters if side else None) or ():
        yield parameter_fact(label, parameter)


def parameter_fact(label: str, parameter: Parameter) -> Fact:
    """Return a parameter's value, its default, or what it waits for."""
    if (text := parameter.text) is not None:
        return fact_of(label, text, name=parameter.name, called=parameter.name)
    if parameter.value_from is not None and parameter.value_from.supplied is not None:
        wanted = "? to be supplied"
        if parameter.enum:
            wanted = f"? ({', '.join(text_of(value) or '' for value in parameter.enum)})"
        return fact_of(label, wanted, name=parameter.name, role="waiting")
    if parameter.default is not None:
        default = fact_of(
            label,
            text_of(parameter.default) or "",
            name=parameter.name,
            called=parameter.name,
            role="dim",
        )
        return default._replace(text=f"{default.text} (default)", full=f"{default.full} (default)")
    return fact_of(label, "—", name=parameter.name, role="dim")


def _results(outputs: Outputs | None) -> Iterator[Fact]:
    if outputs and outputs.result is not None:
        yield fact_of("outputs", outputs.result, name="result", called="result")


def _artifacts(label: str, artifacts: Sequence[Artifact] | None) -> Iterator[Fact]:
    for artifact in artifacts or ():
        place = artifact.s3.key if artifact.s3 else artifact.path
        if artifact.s3 and artifact.s3.bucket:
            place = f"s3://{artifact.s3.bucket}/{place}"
        name = f"▤ {artifact.name}"
        if artifact.deleted:
            yield fact_of(label, f"deleted: {place}", name=name, role="dim")
        else:
            yield fact_of(label, place or "—", name=name, role="" if place else "dim")


def _attempts(workflow: Workflow, node: Node, now: datetime) -> Iterator[Fact]:
    if node.type != "Retry":
        return
    nodes = workflow.nodes
    for child_id in node.children or ():
        child = nodes.get(child_id)
        if child is None or (child.node_flag and child.node_flag.hooked):
            continue
        look = look_of_node(child)
        words = [f"{look.glyph} {look.word}", *_took_words(child, now)]
        if child.message:
            words.append(clean_line(child.message))
        yield fact_of(
            "attempts",
            "  ".join(words),
            name=child.label,
            role=look.role,
            node=child.id,
        )


def _hooks(workflow: Workflow, node: Node) -> Iterator[Fact]:
    for other in workflow.nodes.values():
        if not (other.node_flag and other.node_flag.hooked) and not other.name.endswith(".onExit"):
            continue
        if other.name.startswith((f"{node.name}.hooks.", f"{node.name}.onExit")):
            look = look_of_node(other)
            hook = other.name.removeprefix(f"{node.name}.").removeprefix("hooks.")
            if "." in hook or "[" in hook:
                continue
            text = f"{look.glyph} {look.word}"
            yield fact_of("hooks", text, name=hook, role=look.role, node=other.id)


def _place(workflow: Workflow, node: Node) -> Iterator[Fact]:
    if pod := pod_name(workflow, node):
        yield fact_of("pod", pod)
    if node.host_node_name:
        yield fact_of("host", node.host_node_name)
    if node.pod_ip:
        yield fact_of("pod ip", node.pod_ip)


def _memo(node: Node) -> Iterator[Fact]:
    memo = node.memoization_status
    if memo is not None:
        verdict = "taken from the cache" if memo.hit else "not in the cache, run"
        yield fact_of("memoized", verdict)
        yield fact_of("", f"{memo.cache_name}: {memo.key}" if memo.cache_name else memo.key)


def _origin(workflow: Workflow, node: Node) -> Iterator[Fact]:
    yield fact_of("template", template_source(node))
    boundary = workflow.nodes.get(node.boundary_id)
    if boundary is not None:
        yield fact_of("within", boundary.label, node=boundary.id)
    yield fact_of("type", node.type, role="dim")
    yield fact_of("node", node.name, role="dim")
    yield fact_of("id", node.id, role="dim")


def template_source(node: Node) -> str:
    """Return where a node's template is written: in the workflow, a template, or a cluster's."""
    if node.template_ref is not None:
        cluster_wide = node.template_ref.cluster_scope
        kind = CLUSTER_WORKFLOW_TEMPLATE if cluster_wide else WORKFLOW_TEMPLATE
        return f"{node.template_ref.template} of {kind.name} {node.template_ref.name}"
    scope, _, owner = node.template_scope.partition("/")
    name = node.template_name or "—"
    if scope == "namespaced":
        return f"{name} of WorkflowTemplate {owner}"
    if scope == "cluster":
        return f"{name} of ClusterWorkflowTemplate {owner}"
    return name


def workflow_facts(
    workflow: Workflow, now: datetime, others: Collection[Summary] = ()
) -> list[Fact]:
    """Return the present facts about a workflow as a whole; `others` are the rows of the list."""
    meta, spec, status = workflow.metadata, workflow.spec, workflow.status
    summary = as_of(summarise(workflow), now)
    look = look_of_workflow(summary)
    facts = [fact_of("phase", f"{look.glyph} {look.word}", role=look.role)]
    if (why := summary.why) is not None and why.kind is not RowReasonKind.SILENT:
        role = look.role if why.kind in (RowReasonKind.FAILED, RowReasonKind.DENIED) else "stuck"
        cause = first_cause(workflow) or held_up_by(workflow, now)
        leads = _elsewhere(cause, workflow.metadata.name) if cause else ""
        facts.append(fact_of("message", str(why), role=role, node=leads))
    elif status.message:
        facts.append(fact_of("message", status.message))
    facts += lock_facts(workflow, now, others)
    if workflow.problem:
        facts.append(fact_of("incomplete", workflow.problem, role="waiting"))
    if meta.labels.get(ARCHIVING_STATUS) == PERSISTED:
        facts.append(fact_of("archived", "it is only in the archive"))
    if state := state_words(states_of(workflow, now)):
        facts.append(fact_of("state", state, role="waiting"))
    elif spec.shutdown:
        facts.append(fact_of("shutdown", f"was told to {spec.shutdown.lower()}", role="waiting"))
    if status.progress:
        facts.append(fact_of("progress", status.progress))
    if meta.creation_timestamp:
        facts.append(fact_of("created", meta.creation_timestamp.strftime("%Y-%m-%d %H:%M:%S UTC")))
    facts += _times(status.started_at, status.finished_at, status.estimated_duration, now)
    if status.phase not in FULFILLED and (deadline := deadline_of(workflow)) is not None:
        left = (deadline - now).total_seconds()
        facts.append(fact_of("deadline", f"in {format_age(left)}" if left > 0 else "passed"))
    if template := template_of(meta, workflow):
        facts.append(fact_of("template", template))
    facts.append(fact_of("entrypoint", spec.entrypoint or "—"))
    if creator := meta.labels.get(CREATOR):
        facts.append(fact_of("creator", creator))
    facts += [parameter_fact("parameters", p) for p in _arguments(workflow)]
    for artifact in (spec.arguments.artifacts if spec.arguments else None) or ():
        facts += _artifacts("artifacts", [artifact])
    facts += _parameters("outputs", status.outputs)
    facts += _artifacts("outputs", status.outputs.artifacts if status.outputs else None)
    if status.resources_duration:
        facts.append(fact_of("resources", _resources(status.resources_duration)))
    for condition in status.conditions or ():
        bad = condition.type in ("SpecError", "MetricsError", "ArtifactGCError")
        warns = condition.type == "SpecWarning"
        text = condition.status + (f": {condition.message}" if condition.message else "")
        role = (
            ("failed" if bad else "waiting" if warns else "") if condition.status == "True" else ""
        )
        facts.append(fact_of("conditions", text, name=condition.type, role=role))
    if spec.service_account_name:
        facts.append(fact_of("account", spec.service_account_name))
    if spec.priority is not None:
        facts.append(fact_of("priority", str(spec.priority)))
    facts += [fact_of("labels", text, name=name, role="dim") for name, text in meta.labels.items()]
    facts.append(fact_of("uid", meta.uid or "—", role="dim"))
    return facts


def group_facts(
    workflow: Workflow, label: str, members: Sequence[str], now: datetime
) -> list[Fact]:
    """Return the facts about nodes that are shown as one: the count of each phase, and the nodes
    that did not simply succeed."""
    nodes = [workflow.nodes[each] for each in members if each in workflow.nodes]
    facts = [fact_of("group", label), fact_of("nodes", str(len(nodes)))]
    looks = Counter(look_of_node(node) for node in nodes)
    for look, count in sorted(looks.items(), key=lambda pair: pair[0].rank):
        facts.append(
            fact_of("phases", str(count), name=f"{look.glyph} {look.word}", role=look.role)
        )
    told = [node for node in nodes if look_of_node(node).role in ("failed", "waiting", "running")]
    for node in sorted(told, key=lambda node: look_of_node(node).rank)[:_TOLD]:
        look = look_of_node(node)
        words = [look.glyph, *_took_words(node, now), clean_line(node.message) or look.word]
        facts.append(
            fact_of(
                "among them",
                "  ".join(words),
                name=node.label,
                role=look.role,
                node=node.id,
            )
        )
    return facts


def event_facts(event: Event) -> list[Fact]:
    """Return the facts about a Kubernetes event."""
    warning = event.type != "Normal"
    facts = [
        fact_of("type", event.type, role="waiting" if warning else ""),
        fact_of("reason", event.reason),
        fact_of("message", event.message),
    ]
    if event.time is not None:
        facts.append(fact_of("time", event.time.strftime("%Y-%m-%d %H:%M:%S UTC")))
    if event.count > 1:
        facts.append(fact_of("count", str(event.count)))
    facts.append(fact_of("about", f"{event.kind} {event.name}"))
    if event.source:
        facts.append(fact_of("source", event.source))
    return facts


def _arguments(workflow: Workflow) -> list[Parameter]:
    """Return the arguments given, then those its template brings that were not given."""
    stored = workflow.status.stored_workflow_template_spec
    own = workflow.spec.arguments
    given = list((own.parameters if own else None) or ())
    names = {parameter.name for parameter in given}
    brought = (stored.arguments.parameters if stored and stored.arguments else None) or ()
    return given + [parameter for parameter in brought if parameter.name not in names]
