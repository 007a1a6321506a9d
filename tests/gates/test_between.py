"""Whatever happens between finding a gate by its name and deciding it: one of the five outcomes.

Each request that `approve` and `deny` make is a point at which something may happen: the sweep lets
each thing happen before each of them.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from argotui.backend.kube.connect import backend_over
from argotui.backend.opened import OpenedNamespaces
from argotui.cli import exits
from argotui.cli.connect import ClusterConnection
from argotui.cli.decide import decide_at
from argotui.config.loading import load_settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import NotFoundError
from argotui.model.argo import COMPLETED, Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.gate import open_gates
from argotui.model.gates.request import RESUMED
from argotui.operations.gates.decide import Result, decide, review_found
from argotui.operations.gates.review import GateGone, review_gate, workflow_of
from tests.gates.support import ClusterUsers
from tests.support import ManualClock
from tests.unit.model.gate_documents import GATE, Document, gate_document

CODES = {
    Outcome.DECIDED.value: exits.OK,
    Outcome.ALREADY_DECIDED.value: exits.ALREADY_DECIDED,
    Outcome.CHANGED.value: exits.CHANGED,
    Outcome.NOT_PERMITTED.value: exits.FORBIDDEN,
    Outcome.UNKNOWN.value: exits.UNKNOWN_OUTCOME,
}
KEY = Key("argo", "wf")
MOST = 40
"""Requests of one decision, at most; a sweep ends where there are no more."""


@pytest.fixture
def embedded(still: EmbeddedCluster) -> EmbeddedCluster:
    return still


def fresh(*, suspended: bool) -> Document:
    document = gate_document()
    for name in ("uid", "resourceVersion"):
        del document["metadata"][name]
    node = document["status"]["nodes"][GATE]
    node["outputs"]["parameters"] = node["outputs"]["parameters"][1:2]
    if suspended:
        document["spec"]["suspend"] = True
        del document["status"]["nodes"][GATE]
    return document


class Between:
    """A workflow at a gate, or suspended as a whole, and what may happen to it."""

    def __init__(self, embedded: EmbeddedCluster, users: ClusterUsers, *, suspended: bool) -> None:
        self.embedded = embedded
        self.users = users
        self.suspended = suspended
        self.node_id = "" if suspended else GATE

    def begin(self) -> None:
        self.delete()
        self.embedded.objects.create(WORKFLOWS, fresh(suspended=self.suspended))

    def delete(self) -> None:
        if self.embedded.objects.get(WORKFLOWS, *KEY) is not None:
            self.embedded.objects.delete(WORKFLOWS, *KEY)

    def edit(self, change: Callable[[Document], None]) -> None:
        entry = self.embedded.objects.get(WORKFLOWS, *KEY)
        if entry is not None:
            document = entry.decode()
            change(document)
            self.embedded.objects.update(WORKFLOWS, document)

    async def decided(self, choice: Choice) -> None:
        """Somebody else decides it, if it is open still."""
        context = await self.users.context("admin")
        try:
            seen = await review_gate(context, KEY, self.node_id)
        except (GateGone, NotFoundError):
            return
        values = {"approve": "YES"} if self.node_id else {}
        await decide(context, seen, choice, values=values, reason="first")

    def becomes(self, **fields: Any) -> Callable[[Document], None]:
        def change(document: Document) -> None:
            if self.suspended:
                document["spec"].pop("suspend", None)
            elif GATE in document["status"]["nodes"]:
                document["status"]["nodes"][GATE] |= fields

        return change

    async def happen(self, what: str) -> None:
        match what:
            case "approved" | "denied":
                await self.decided(Choice.APPROVE if what == "approved" else Choice.DENY)
            case "stopped":
                message = "Stopped with strategy 'Stop'"
                self.edit(self.becomes(phase="Failed", message=message))
            case "Succeeded" | "Failed" | "Error" | "Skipped" | "Omitted" | "Pending":
                self.edit(self.becomes(phase=what))
            case "gone":
                self.edit(lambda document: document["status"]["nodes"].pop(GATE, None))
            case "completed":
                self.edit(_complete)
            case "told to stop":
                self.edit(lambda document: document["spec"].update(shutdown="Stop"))
            case "opened again":
                self.edit(self.becomes(startedAt="2026-01-05T12:00:07Z"))
            case "deleted":
                self.delete()
            case "recreated":
                self.begin()
            case _:
                raise ValueError(what)


def _complete(document: Document) -> None:
    document["metadata"]["labels"][COMPLETED] = "true"
    document["status"]["phase"] = "Failed"


HAPPENS = [
    "approved",
    "denied",
    "stopped",
    "Succeeded",
    "Failed",
    "Error",
    "Skipped",
    "Omitted",
    "Pending",
    "gone",
    "completed",
    "told to stop",
    "opened again",
    "deleted",
    "recreated",
]


async def connection_of(users: ClusterUsers, clock: ManualClock, folder: Path) -> ClusterConnection:
    environ = {"ARGOTUI_GATES_AUDIT_LOG": str(folder / "cli.jsonl")}
    config = folder / "config.toml"
    config.touch()
    loaded = load_settings(path=config, environ=environ)
    return ClusterConnection(
        backend_over(await users.cluster("approver")),
        loaded,
        "argo",
        clock,
        OpenedNamespaces(),
        set(),
    )


@pytest.mark.parametrize(
    ("suspended", "what"),
    [(False, what) for what in HAPPENS]
    + [(True, what) for what in ("approved", "Succeeded", "completed", "deleted", "recreated")],
)
async def test_each_thing_before_each_request_is_one_of_five_outcomes(
    embedded: EmbeddedCluster,
    users: ClusterUsers,
    clock: ManualClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    what: str,
    suspended: bool,
) -> None:
    between = Between(embedded, users, suspended=suspended)
    connection = await connection_of(users, clock, tmp_path)
    transport = (await users.cluster("approver")).transport
    really: Callable[..., Awaitable[Any]] = transport.request
    point = made = 0

    async def request(*arguments: Any, **more: Any) -> Any:
        nonlocal made
        if made == point:
            await between.happen(what)
        made += 1
        return await really(*arguments, **more)

    monkeypatch.setattr(transport, "request", request)
    outcomes = set()
    for point in range(MOST):
        made = 0
        between.begin()
        deny = point % 2 == 1 and not suspended
        choice = Choice.DENY if deny else Choice.APPROVE
        values = {} if deny or suspended else {"approve": "YES"}
        try:
            code = await decide_at(
                connection, "wf", choice, values, "so be it", "", yes=True, output="json"
            )
        except NotFoundError:
            assert point == 0, "found, and then not there without a word"
            continue
        document = json.loads(capsys.readouterr().out)
        outcome = document["outcome"]
        assert code == CODES[outcome], document
        outcomes.add(outcome)
        if what in ("approved", "denied") and made > point:
            told = outcome == Outcome.ALREADY_DECIDED.value
            assert told or code == exits.OK, (point, document)
            assert not told or document["detail"].startswith(f"admin {what} it"), document
        if made <= point:
            assert outcome == Outcome.DECIDED.value  # nothing happened before the end
            break
    else:
        pytest.fail(f"more than {MOST} requests")
    assert len(outcomes) > 1


async def test_what_was_found_is_not_another_under_the_same_name(
    embedded: EmbeddedCluster, users: ClusterUsers
) -> None:
    """The screens of gates find in a list and decide from a review, too."""
    between = Between(embedded, users, suspended=False)
    context = await users.context()
    for what, outcome, said in (
        ("approved", Outcome.ALREADY_DECIDED, "admin approved it with approve=YES: first"),
        ("stopped", Outcome.ALREADY_DECIDED, "it is Failed: Stopped with strategy 'Stop'"),
        ("gone", Outcome.ALREADY_DECIDED, "it is gone"),
        ("completed", Outcome.CHANGED, "the workflow is Failed, and its gates with it"),
        ("opened again", Outcome.CHANGED, "the gate was closed and opened again"),
        ("deleted", Outcome.CHANGED, "the workflow was deleted"),
        ("recreated", Outcome.CHANGED, "created again under the same name"),
    ):
        between.begin()
        entry = embedded.objects.get(WORKFLOWS, *KEY)
        assert entry is not None
        gate = next(open_gates(workflow_of(entry.decode())))
        await between.happen(what)
        found = await review_found(context, gate)
        assert isinstance(found, Result), what
        assert (found.outcome, said in found.detail) == (outcome, True), found


async def test_a_suspension_that_somebody_ended_says_who(
    embedded: EmbeddedCluster, users: ClusterUsers, clock: ManualClock, tmp_path: Path
) -> None:
    between = Between(embedded, users, suspended=True)
    between.begin()
    await between.happen("approved")
    entry = embedded.objects.get(WORKFLOWS, *KEY)
    assert entry is not None
    assert RESUMED in entry.decode()["metadata"]["annotations"]
    connection = await connection_of(users, clock, tmp_path)
    for name in ("wf", "argo/wf/workflow:wf"):
        code = await decide_at(
            connection, name, Choice.APPROVE, {}, "x", "", yes=True, output="text"
        )
        assert code == exits.ALREADY_DECIDED
