"""When an open gate ends by itself, and what the workflow controller does then.

A suspend node ends at `startedAt` plus its template's duration: its supplied outputs take their
defaults and it succeeds, which lets the workflow go on (`executeSuspend` and
`OverrideOutputParametersWithDefault`). The deadline of the workflow fails it instead, unless it
belongs to an exit handler (`failNodesWithoutCreatedPodsAfterDeadlineOrShutdown`).
"""

from __future__ import annotations

import enum
from datetime import datetime, timedelta

import msgspec

from argotui.model.argo import Node, Workflow, text_of
from argotui.model.durations import DurationError, format_age, parse_argo_duration
from argotui.model.gates.gate import template_of_node
from argotui.model.workflow.references import resolve


class ExpiryOutcome(enum.Enum):
    """The ways in which a gate ends by itself."""

    NEVER = "never"
    """It waits until somebody decides."""
    APPROVES = "approves"
    """It succeeds without values, and the workflow continues."""
    DEFAULTS = "takes defaults"
    """It succeeds with the defaults; the steps that read them decide what they mean."""
    ERRORS = "errors"
    """A supplied output has no default, so the node ends in Error."""
    FAILS = "fails"
    """The workflow's deadline fails it, or its `shutdown` (`why` says so)."""
    UNKNOWN = "unknown"
    """The workflow does not show its template, or the duration in it."""


class Expiry(msgspec.Struct, frozen=True):
    """`at` is None without an end, and if the end is unknown.

    `defaults` are the outputs that take their defaults; `missing` is the first one without a
    default. `held` means that the workflow is suspended: nothing happens before it is resumed.
    """

    outcome: ExpiryOutcome
    at: datetime | None = None
    defaults: tuple[tuple[str, str], ...] = ()
    missing: str = ""
    held: bool = False
    why: str = ""

    @property
    def words(self) -> str:
        """The outcome in a few words, without the time."""
        match self.outcome:
            case ExpiryOutcome.APPROVES:
                return "APPROVES"
            case ExpiryOutcome.DEFAULTS:
                filled = " ".join(f"{name}={value}" for name, value in self.defaults)
                return f"takes defaults {filled}"
            case ExpiryOutcome.ERRORS:
                return f"ERRORS, {self.missing} has no default"
            case ExpiryOutcome.FAILS:
                return f"FAILS, {self.why or 'workflow deadline'}"
            case ExpiryOutcome.NEVER:
                return f"never expires; {self.why}" if self.why else "never expires"
            case _:
                return f"expiry unknown: {self.why}"


def is_exit_handler(workflow: Workflow, node: Node) -> bool:
    """Return whether a node is an exit handler or in one (`IsPartOfExitHandler`)."""
    seen: set[str] = set()
    current: Node | None = node
    while current is not None and current.id not in seen:
        if current.display_name.endswith(".onExit"):
            return True
        seen.add(current.id)
        current = workflow.nodes.get(current.boundary_id)
    return False


def shutdown_of(workflow: Workflow) -> str:
    """Return the `shutdown` of a workflow: `Stop`, `Terminate`, or ""."""
    stored = workflow.status.stored_workflow_template_spec
    return workflow.spec.shutdown or (stored.shutdown if stored else "")


def _is_stopped(workflow: Workflow, node: Node) -> bool:
    """Whether the workflow's `shutdown` ends this gate (`ShutdownStrategy.ShouldExecute`)."""
    order = shutdown_of(workflow)
    return bool(order) and not (order == "Stop" and is_exit_handler(workflow, node))


def deadline_of(workflow: Workflow) -> datetime | None:
    """Return the end of the workflow's `activeDeadlineSeconds` (`getWorkflowDeadline`)."""
    stored = workflow.status.stored_workflow_template_spec
    seconds = stored.active_deadline_seconds if stored else None
    if seconds is None:
        seconds = workflow.spec.active_deadline_seconds
    started = workflow.status.started_at
    if seconds is None or started is None:
        return None
    return _after(started.replace(microsecond=0), float(seconds))


def _after(moment: datetime, seconds: float) -> datetime | None:
    """Return a later time; None if it exceeds the calendar, which means never."""
    try:
        return moment + timedelta(seconds=seconds)
    except OverflowError:
        return None


def _duration(workflow: Workflow, node: Node) -> float | None:
    """Return the seconds that a gate stays open, None for ever; raises `DurationError`."""
    template = template_of_node(workflow, node)
    if template is None:
        raise DurationError("its template is not in the workflow")
    written = text_of(template.suspend.duration) if template.suspend else None
    if not written:
        return None
    resolved = resolve(written, workflow, node).text
    if "{{" in resolved:
        raise DurationError(f"its duration is computed: {resolved}")
    return parse_argo_duration(resolved)


def _end_of_suspension(node: Node, at: datetime | None, held: bool) -> Expiry:
    """Return what the controller does with a gate whose duration ends at `at`."""
    defaults: list[tuple[str, str]] = []
    for output in (node.outputs.parameters if node.outputs else None) or []:
        if output.value_from is None or output.value_from.supplied is None:
            continue
        default = text_of(output.value_from.default)
        if default is None:
            return Expiry(ExpiryOutcome.ERRORS, at, missing=output.name, held=held)
        defaults.append((output.name, default))
    outcome = ExpiryOutcome.DEFAULTS if defaults else ExpiryOutcome.APPROVES
    return Expiry(outcome, at, tuple(defaults), held=held)


def expiry_of(workflow: Workflow, node: Node) -> Expiry:
    """Return when an open suspend node ends by itself and what happens then.

    If its own duration is unknown, the outcome is UNKNOWN even if the workflow has a deadline; `at`
    then has the deadline as the latest end.
    """
    if not node.is_gate:
        return Expiry(ExpiryOutcome.NEVER)
    if _is_stopped(workflow, node):
        order = "stop" if shutdown_of(workflow) == "Stop" else "terminate"
        return Expiry(ExpiryOutcome.FAILS, why=f"told to {order}")
    held = bool(workflow.spec.suspend)
    deadline = None if is_exit_handler(workflow, node) else deadline_of(workflow)
    try:
        seconds = _duration(workflow, node)
    except DurationError as error:
        return Expiry(ExpiryOutcome.UNKNOWN, deadline, why=str(error), held=held)
    end = None
    if seconds is not None and node.started_at is not None:
        end = _after(node.started_at, seconds)
    if end is not None and (deadline is None or end <= deadline):
        return _end_of_suspension(node, end, held)
    if deadline is not None:
        return Expiry(ExpiryOutcome.FAILS, deadline)
    return Expiry(ExpiryOutcome.NEVER, held=held)


def expiry_of_suspension(workflow: Workflow) -> Expiry:
    """Return the expiry of a workflow's suspension, which never ends by itself."""
    order = shutdown_of(workflow)
    why = f"told to {order.lower()}: resuming ends it" if order else ""
    return Expiry(ExpiryOutcome.NEVER, why=why)


def first_expiry(workflow: Workflow) -> tuple[Node, Expiry] | None:
    """Return the open gate of a workflow that ends first, else the oldest; None if none is open."""
    gates = [node for node in workflow.nodes.values() if node.is_gate]
    if not gates or workflow.completed:
        return None
    ends = [(node, expiry_of(workflow, node)) for node in gates]

    def rank(pair: tuple[Node, Expiry]) -> tuple[bool, float, float, str]:
        node, expiry = pair
        started = node.started_at.timestamp() if node.started_at else 0.0
        ends_at = expiry.at.timestamp() if expiry.at else 0.0
        return (expiry.at is None, ends_at, started, node.id)

    return min(ends, key=rank)


def describe(expiry: Expiry, now: datetime) -> str:
    """Return an expiry in a few words: `26m left → takes defaults approve=NO`, `never expires`."""
    if expiry.at is None:
        return f"suspended: {expiry.words}" if expiry.held else expiry.words
    if expiry.outcome is ExpiryOutcome.UNKNOWN:
        return f"{expiry.words}; at most {format_age((expiry.at - now).total_seconds())} left"
    if expiry.held:
        # The controller leaves a suspended workflow alone, whatever the time.
        over = now >= expiry.at
        return f"once resumed → {expiry.words}" if over else f"{_left(expiry, now)}, if resumed"
    return _left(expiry, now)


def _left(expiry: Expiry, now: datetime) -> str:
    left = (expiry.at - now).total_seconds() if expiry.at else 0.0
    return f"{format_age(left)} left → {expiry.words}" if left > 0 else f"over → {expiry.words}"
