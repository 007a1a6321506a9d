"""Which gate a command line means."""

from __future__ import annotations

import re
from collections.abc import Iterable

import click

from argotui.cli.connect import ClusterConnection
from argotui.errors import BackendError, ForbiddenError, NotFoundError
from argotui.model.argo import Key, Workflow
from argotui.model.gates.decision import read_message
from argotui.model.gates.gate import Gate, GateKind
from argotui.model.gates.inbox import OpenGate, open_gates_of
from argotui.model.gates.request import RESUMED
from argotui.model.spelling import spelled

KINDS = {"node:": GateKind.NODE, "workflow:": GateKind.WORKFLOW}
"""Prefixes of a gate's name that say its kind. No node name begins with one, because node names
begin with the workflow's name, which has no colon."""
_DNS = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
"""What the API server lets a namespace or a workflow be called, at least."""
FORM = "[NAMESPACE/]WORKFLOW[/GATE]"


def readings(name: str, home: str) -> list[tuple[Key, str]]:
    """Return what `[NAMESPACE/]WORKFLOW[/GATE]` can mean as (workflow, gate or "").

    Names of namespaces and workflows hold no `/`; those of gates may, and everything else, so what
    follows them is one name whatever is in it.
    """
    parts = name.split("/")
    if not all(parts[:2]) or (len(parts) > 2 and not any(parts[2:])):
        raise click.UsageError(f"{name!r} is not a gate: give {FORM}")
    found = [(Key(home, parts[0]), name.partition("/")[2])] if home else []
    if len(parts) > 1 and _DNS.fullmatch(parts[0]) and _DNS.fullmatch(parts[1]):
        found.append((Key(parts[0], parts[1]), "/".join(parts[2:])))
    return found


class ClosedGateError(BackendError):
    """The gate that is meant has been decided; `node_id` is empty for a workflow's suspension."""

    def __init__(self, key: Key, name: str, node_id: str, phase: str, message: str) -> None:
        self.key = key
        self.name = name
        self.node_id = node_id
        record = read_message(message)
        self.said = record.sentence if record else f"it is {phase}"
        super().__init__(f"{key}/{name}: {self.said}", message)


def is_meant(wanted: str, node_id: str, *names: str) -> bool:
    """Whether a name on the command line is one of a gate's: its node's id or one of its names.

    A name that is shown spelled (`model.spelling`) may be given so, too.
    """
    return not wanted or wanted in (node_id, *names, *(spelled(name) for name in names))


def _of_kind(wanted: str) -> tuple[str, GateKind | None]:
    """Return the name of a gate and the kind that it says it is of."""
    for prefix, kind in KINDS.items():
        if wanted.startswith(prefix):
            return wanted.removeprefix(prefix), kind
    return wanted, None


def _closed(workflow: Workflow, wanted: str, kind: GateKind | None) -> ClosedGateError | None:
    """Return how the named gate was decided, if it is closed."""
    gates = [
        node
        for node in workflow.nodes.values()
        if node.type == "Suspend"
        and node.fulfilled
        and kind is not GateKind.WORKFLOW
        and is_meant(wanted, node.id, node.display_name, node.name)
    ]
    if len(gates) == 1:
        (node,) = gates
        return ClosedGateError(workflow.key, node.label, node.id, node.phase, node.message)
    meta = workflow.metadata
    resumed = meta.annotations.get(RESUMED)
    if resumed and not gates and kind is not GateKind.NODE and wanted in ("", meta.name):
        return ClosedGateError(workflow.key, meta.name, "", "going on", resumed)
    return None


def name_of(gate: Gate, among: Iterable[Gate]) -> str:
    """Return a name that means this gate and no other of those that are open."""
    own = gate.node_id or gate.name
    alike = {each.kind for each in among if each.key == gate.key and is_meant(own, *_names(each))}
    prefix = next(name for name, kind in KINDS.items() if kind is gate.kind)
    return f"{gate.key}/{prefix if len(alike) > 1 else ''}{own}"


def _names(gate: Gate) -> tuple[str, str, str]:
    return gate.node_id, gate.name, gate.node_name


def _meant(gates: Iterable[OpenGate], wanted: str, kind: GateKind | None) -> list[OpenGate]:
    """Return the open gates that a name means.

    An id means only its node: if the entrypoint is a gate, a node has the workflow's name.
    """
    found = [
        one
        for one in gates
        if kind in (None, one.gate.kind) and is_meant(wanted, *_names(one.gate))
    ]
    if wanted and all(one.gate.node_id for one in found):
        found = [one for one in found if one.gate.node_id == wanted] or found
    return found


async def find_gate(connection: ClusterConnection, name: str) -> OpenGate:
    """Return the one open gate of a name; raises `UsageError` if there are several.

    A gate's name is its node's id, display name or full name; for a workflow suspended as a whole
    it is the workflow's name. `node:` or `workflow:` before the name says which kind. Raises
    `NotFoundError`, and ForbiddenError if the gates cannot be read.
    """
    found: list[tuple[Key, list[OpenGate]]] = []
    missed: BackendError | None = None
    closed: ClosedGateError | None = None
    unseen: BackendError | None = None
    meanings = readings(name, connection.home)
    # A/B is more likely a gate of the workflow A than a workflow of the namespace A; A/B/C is not.
    likely = meanings if name.count("/") > 1 else meanings[:1]
    connection.named.update(key.namespace for key, _ in likely)
    for key, named in meanings:
        wanted, kind = _of_kind(named)
        try:
            workflow = await connection.cluster.get_workflow(key.namespace, key.name)
        except (NotFoundError, ForbiddenError) as error:
            missed = missed or error
            continue
        closed = closed or _closed(workflow, wanted, kind)
        if workflow.problem and not workflow.nodes and not workflow.completed:
            hint = "Decide through the Argo server, or once the workflow can be read whole."
            unseen = ForbiddenError(
                f"argotui cannot read the gates of {key}", workflow.problem, hint
            )
        found.append((key, _meant(open_gates_of(workflow), wanted, kind)))
    if not found:
        if len(meanings) > 1:
            either = " or ".join(str(key) for key, _ in meanings)
            raise NotFoundError(f"There is no workflow {either} that you can read")
        raise missed or NotFoundError(f"There is no workflow {name}")
    candidates = [(key, gates) for key, gates in found if gates]
    if not candidates:
        raise (
            unseen
            or closed
            or NotFoundError(
                f"{found[0][0]} has no such gate",
                hint="What waits: argotui gates. What happened: argotui get " + str(found[0][0]),
            )
        )
    meant = [gate for _, several in candidates for gate in several]
    if len(meant) > 1:
        every = [one.gate for one in meant]
        listed = "\n".join(f"  {name_of(gate, every)}  {_told(gate)}" for gate in every)
        raise click.UsageError(f"{name} means several open gates; name one:\n{listed}")
    return meant[0]


def _told(gate: Gate) -> str:
    return gate.name if gate.node_id else "the workflow, suspended as a whole"
