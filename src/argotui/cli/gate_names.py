"""Which gate a command line means."""

from __future__ import annotations

import click

from argotui.backend.errors import BackendError, ForbiddenError, NotFoundError
from argotui.cli.connect import Place
from argotui.model.decision import read_message
from argotui.model.inbox import OpenGate, open_gates_of
from argotui.model.workflow import Key, Node, Workflow


def readings(name: str, home: str) -> list[tuple[Key, str]]:
    """Return what `[NAMESPACE/]WORKFLOW[/GATE]` can mean as (workflow, gate or "")."""
    parts = name.split("/")
    if not all(parts) or len(parts) > 3:
        raise click.UsageError(f"{name!r} is not a gate: give [NAMESPACE/]WORKFLOW[/GATE]")
    if len(parts) == 3:
        return [(Key(parts[0], parts[1]), parts[2])]
    found = [(Key(home, parts[0]), parts[1] if len(parts) == 2 else "")] if home else []
    if len(parts) == 2:
        found.append((Key(parts[0], parts[1]), ""))
    return found


class ClosedGateError(BackendError):
    """The gate that is meant is `node`, which has been decided."""

    def __init__(self, key: Key, node: Node) -> None:
        self.key = key
        self.node = node
        record = read_message(node.message)
        self.said = f"{record.actor} {record.choice.done} it" if record else f"it is {node.phase}"
        super().__init__(f"{key}/{node.label}: {self.said}", node.message)


def _closed(workflow: Workflow, wanted: str) -> ClosedGateError | None:
    """Return what became of the gate that is meant, where it is one that is open no more."""
    gates = [
        node
        for node in workflow.nodes.values()
        if node.type == "Suspend"
        and node.fulfilled
        and (not wanted or wanted in (node.id, node.display_name, node.name))
    ]
    if len(gates) != 1:
        return None
    return ClosedGateError(workflow.key, gates[0])


async def find_gate(place: Place, name: str) -> OpenGate:
    """Return the one open gate that a name means; raises `UsageError` where it means several.

    A gate is named by its node's id, its display name or its full node name; the suspension of a
    whole workflow by the workflow's name. Raises `NotFoundError`, and `ForbiddenError` where the
    gates of the workflow are out of reach.
    """
    found: list[tuple[Key, list[OpenGate]]] = []
    missed: BackendError | None = None
    closed: ClosedGateError | None = None
    unseen: BackendError | None = None
    meanings = readings(name, place.home)
    for key, wanted in meanings:
        try:
            workflow = await place.cluster.get_workflow(key.namespace, key.name)
        except (NotFoundError, ForbiddenError) as error:
            missed = missed or error
            continue
        gates = open_gates_of(workflow)
        closed = closed or _closed(workflow, wanted)
        if workflow.problem and not workflow.nodes and not workflow.completed:
            hint = "Decide through the Argo server, or once the workflow can be read whole."
            unseen = ForbiddenError(f"The gates of {key} are out of reach", workflow.problem, hint)
        if wanted:
            gates = tuple(
                one
                for one in gates
                if wanted in (one.gate.node_id, one.gate.name, one.gate.node_name)
            )
        found.append((key, list(gates)))
    if not found:
        if len(meanings) > 1:
            either = " nor ".join(str(key) for key, _ in meanings)
            raise NotFoundError(f"There is neither a workflow {either} to be read")
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
        listed = "\n".join(
            f"  {one.gate.key}/{one.gate.node_id or one.gate.name}  {one.gate.name}"
            for one in meant
        )
        raise click.UsageError(f"{name} means several open gates; name one:\n{listed}")
    return meant[0]
