"""What has to be so on every cluster: labels and annotations that come just before the write."""

from __future__ import annotations

from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.patch import Operation, pointer
from argotui.operations.gates.decide import Result, decide
from argotui.operations.gates.review import Review
from tests.gates.support import ClusterUsers, InterruptedLog

COMING = [
    ("annotations", "argotui.io/creator", "eve@example.com", Outcome.CHANGED),
    ("annotations", "argotui.io/approvers", "user:eve@example.com", Outcome.CHANGED),
    ("labels", "workflows.argoproj.io/creator", "eve", Outcome.CHANGED),
    ("labels", "workflows.argoproj.io/creator-email", "eve.at.example.com", Outcome.CHANGED),
    ("labels", "workflows.argoproj.io/creator-preferred-username", "eve", Outcome.CHANGED),
    ("labels", "argotui.io/quarantine", "true", Outcome.NOT_PERMITTED),
]
"""Part of the metadata, name and value of what comes, and what the decision then comes to."""


def without(part: str) -> list[Operation]:
    return [{"op": "remove", "path": pointer("metadata", part)}]


def coming(part: str, name: str, value: str, *, alone: bool) -> list[Operation]:
    if alone:
        return [{"op": "add", "path": pointer("metadata", part), "value": {name: value}}]
    return [{"op": "add", "path": pointer("metadata", part, name), "value": value}]


async def approve_while(users: ClusterUsers, seen: Review, operations: list[Operation]) -> Result:
    """Approve, with the workflow changed between the last check and the write."""
    pending = list(operations)

    async def change() -> None:
        now = list(pending)
        pending.clear()
        if now:
            await users.patch(seen.request.key, *now)

    log = InterruptedLog(users.audit.path, change)
    context = await users.context(audit=log)
    return await decide(context, seen, Choice.APPROVE, values={"approve": "YES"}, reason="so be it")


async def refused_for_what_came(
    users: ClusterUsers,
    seen: Review,
    part: str,
    name: str,
    value: str,
    outcome: Outcome,
    *,
    alone: bool,
) -> None:
    """Assert that nothing is decided, and that the record says why it was not."""
    result = await approve_while(users, seen, coming(part, name, value, alone=alone))
    assert result.outcome is outcome, result.detail
    if outcome is Outcome.CHANGED:
        assert any(now == value for _, _, now in result.changes)
    else:
        assert "quarantine" in result.detail
    told = [entry.get("outcome") or entry["kind"] for entry in users.audit.entries()]
    assert told == ["intent", Outcome.CHANGED.value]
    assert (await users.phases(seen.request.key))["gate"] == "Running"
