"""The watch of one gate by itself: what it reads, what it trusts, and what it tells."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from argotui.backend.kube.connect import connect
from argotui.backend.session import Session
from argotui.config.settings import GateSettings, Settings
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice
from argotui.model.gates.verdict import PolicyAnswer
from argotui.operations.gates.decide import decide
from argotui.operations.gates.gate_watch import GateUpdate, GateWatch
from argotui.operations.gates.service import GateService
from tests.gates.support import PACK, ClusterUsers, gate_template, gated_workflow
from tests.support import PATIENCE, ManualClock, until

KEY = Key("argo", "release")


class Watching:
    """Watches of the gate `gate` of the workflow `release`, as the approver."""

    def __init__(self, embedded: EmbeddedCluster, users: ClusterUsers, clock: ManualClock) -> None:
        self.embedded = embedded
        self.users = users
        self.clock = clock
        self.updates: list[GateUpdate] = []
        self.read_only = False

    @asynccontextmanager
    async def watch(self, user: str = "approver") -> AsyncIterator[GateWatch]:
        key = await self.users.create(gated_workflow("release", gate_template("gate")))
        node_id = (await self.users.open_gates(key))["gate"]
        settings = Settings(
            policy=f"dir:{PACK}",
            gates=GateSettings(
                audit_log=str(self.users.audit.path), policy_timeout=PATIENCE, verdict_ttl=30
            ),
        )
        cluster = await connect(kubeconfig=str(self.users._kubeconfig(user)))
        session = Session(
            cluster, "argo", clock=self.clock, settings=settings, read_only=self.read_only
        )
        service = GateService(session, lambda new: None)
        watch = GateWatch(service, key, node_id, self.updates.append, lambda: {"approve": "YES"})
        watch.start()
        try:
            yield watch
        finally:
            await watch.close()
            await service.close()
            await session.close()

    def change(self, **spec: object) -> None:
        entry = self.embedded.objects.need(WORKFLOWS, "argo", "release")
        document = copy.deepcopy(entry.decode())
        document["spec"].update(spec)
        self.embedded.objects.update(WORKFLOWS, document)


@pytest.fixture
def watching(embedded: EmbeddedCluster, users: ClusterUsers, clock: ManualClock) -> Watching:
    return Watching(embedded, users, clock)


async def complete(watch: GateWatch) -> None:
    await until(lambda: watch.trusted and watch.is_complete, what="all about the gate")


async def test_it_reads_the_gate_its_verdict_and_what_the_cluster_would_do(
    watching: Watching,
) -> None:
    async with watching.watch() as watch:
        assert watch.review is None
        assert not watch.trusted
        await complete(watch)
        assert watch.review
        assert watch.review.verdict.answer is not PolicyAnswer.NO_VERDICT
        assert watch.refused == {Choice.APPROVE: "", Choice.DENY: ""}
        assert watch.precedents_problem.startswith("not looked for")
        assert watch.enforcement is not None
        assert watch.closed == ""
    first = next(update for update in watching.updates if update.was_read)
    assert first == GateUpdate(is_new=True, was_read=True)


async def test_a_read_only_session_sends_no_dry_run(watching: Watching) -> None:
    watching.read_only = True
    async with watching.watch() as watch:
        await complete(watch)
        assert watch.refused == {}
        assert watch.is_tried


async def test_a_change_of_the_request_is_told_with_its_paths(watching: Watching) -> None:
    async with watching.watch() as watch:
        await complete(watch)
        watching.updates.clear()
        watching.change(priority=9)
        await until(lambda: watch.changes, what="the change")
        assert [path for path, _, _ in watch.changes] == ["spec.priority"]
        told = [update for update in watching.updates if update.is_new]
        assert [update.why for update in told] == ["it changed: spec.priority"]
        await complete(watch)
        assert watch.refused.keys() == set(Choice)


async def test_a_lost_connection_ends_the_trust_until_the_gate_was_read_again(
    watching: Watching,
) -> None:
    embedded = watching.embedded
    async with watching.watch() as watch:
        await complete(watch)
        watching.updates.clear()
        embedded.faults.answer(503, times=1000, match="metadata.name")
        embedded.server.drop_connections()
        await until(lambda: not watch.trusted, what="the end of the trust")
        await until(lambda: any(each.trust_lost for each in watching.updates))
        assert watch.review is not None
        embedded.faults.clear()
        watch.refresh()
        await until(lambda: watch.trusted, what="a gate that was read again")
        assert watching.updates[-1].trust_lost is False


async def test_a_failed_read_ends_the_trust_though_the_feed_is_live(watching: Watching) -> None:
    async with watching.watch() as watch:
        await complete(watch)
        watching.updates.clear()
        watching.embedded.faults.answer(503, times=1000, match="/workflows/release")
        watch.read()
        await until(lambda: watch.error is not None, what="the error")
        assert watch.feed.freshness.trusted
        assert not watch.trusted
        assert GateUpdate(trust_lost=True, was_read=True) in watching.updates
        watching.embedded.faults.clear()
        watch.read()
        await until(lambda: watch.trusted)


async def test_a_decision_closes_it_and_its_record_says_which(watching: Watching) -> None:
    async with watching.watch() as watch:
        await complete(watch)
        assert watch.review
        context = await watching.users.context("approver")
        await decide(context, watch.review, Choice.DENY, reason="freeze")
        await until(lambda: watch.closed, what="a closed gate")
        assert watch.record
        assert watch.record.choice is Choice.DENY
        assert "freeze" in watch.closed
        assert watch.review


async def test_a_deleted_workflow_closes_it(watching: Watching) -> None:
    async with watching.watch() as watch:
        await complete(watch)
        watching.embedded.objects.delete(WORKFLOWS, "argo", "release")
        await until(lambda: watch.closed == "the workflow was deleted")
        assert watch.record is None


async def test_an_old_verdict_is_asked_for_again(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argotui.operations.gates.gate_watch.REVIEW_PAUSE", 0.0)
    async with watching.watch() as watch:
        await complete(watch)
        assert watch.review
        before = watch.review.verdict.at
        watch.tick(watching.clock.now())
        await watching.clock.advance(31)
        watch.tick(watching.clock.now())
        await until(lambda: watch.review and watch.review.verdict.at > before)


async def test_nothing_is_told_after_it_was_closed(watching: Watching) -> None:
    async with watching.watch() as watch:
        await complete(watch)
        await watch.close()
        watching.updates.clear()
        watching.change(priority=9)
        watching.embedded.server.drop_connections()
        await watching.clock.advance(5)
        assert watching.updates == []
        assert not any(task for task in watch._tasks if not task.done())
