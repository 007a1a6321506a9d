"""Compare the audit log of this machine with the heads that decided workflows record."""

from __future__ import annotations

from typing import NamedTuple

from argotui.backend.audit.chain import (
    ChainProblem,
    Damage,
    Head,
    parse_anchor,
)
from argotui.backend.audit.log import AuditLog
from argotui.backend.ports import ClusterPort, Query
from argotui.errors import NotFoundError
from argotui.model.argo import Metadata, Workflow
from argotui.model.gates.decision import Outcome, read_message
from argotui.model.gates.request import RESUMED
from argotui.operations.gates.decide import ANCHOR

PAGE = 2000


class Anchors(NamedTuple):
    """`heads` are the anchors of this log, `others` the names of other logs with anchors.

    `problems` name workflows that only this log decided, but that are anchored to another log.
    """

    heads: list[Head]
    others: set[str]
    problems: list[ChainProblem]


async def read_anchors(cluster: ClusterPort, log: AuditLog, namespace: str | None) -> Anchors:
    """Read the anchors of all workflows that the user may list; `namespace` None means all.

    Raises `BackendError`.
    """
    found = Anchors([], set(), [])
    decided = {
        str(entry.get("decision")): str(entry.get("uid"))
        for entry in log.entries()
        if entry.get("outcome") == Outcome.DECIDED.value
    }
    mine, uids = log.identity, set(decided.values())
    doubtful: list[Metadata] = []
    token = ""
    while True:
        page = await cluster.list_metadata(Query(namespace), limit=PAGE, continue_token=token)
        for meta in page.items:
            if not isinstance(meta, Metadata):
                continue
            anchor = parse_anchor(meta.annotations.get(ANCHOR, ""))
            if anchor is None:
                continue
            if anchor[0] == mine:
                found.heads.append(anchor[1])
                continue
            found.others.add(anchor[0])
            if meta.uid in uids:
                doubtful.append(meta)
        if not (token := page.continue_token):
            break
    for meta in doubtful:
        try:
            workflow = await cluster.get_workflow(meta.namespace, meta.name)
        except NotFoundError:
            continue
        if _decisions_of(workflow) <= decided.keys():
            # A decision writes the anchor, so an anchor of a log needs a decision in that log.
            name = f"{meta.namespace}/{meta.name}"
            detail = f"{name} has only decisions of this log, and the anchor of another"
            found.problems.append(ChainProblem(0, Damage.REWRITTEN, detail))
    return found


def _decisions_of(workflow: Workflow) -> set[str]:
    """Return the ids of the decisions that a workflow records."""
    said = [node.message for node in workflow.nodes.values()]
    said.append(workflow.metadata.annotations.get(RESUMED, ""))
    return {record.decision for message in said if (record := read_message(message))}
