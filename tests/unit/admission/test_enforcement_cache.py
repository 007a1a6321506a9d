"""What is known of how gates are kept: read without waiting, asked again when it is old."""

from __future__ import annotations

import asyncio

import pytest

from argotui.backend.ports import Document, NamespaceFacts
from argotui.errors import UnreachableError
from argotui.model.argo import Key
from argotui.operations.admission.enforcement import EnforcementState
from argotui.operations.admission.enforcement_cache import (
    AT_ONCE,
    FAILED_MAX_AGE,
    MAX_AGE,
    EnforcementCache,
)
from tests.support import ManualClock, until
from tests.unit.admission.fake_admission import (
    LABEL,
    FakeAdmissionPort,
    fake_admission,
    generated_set,
)

TEAM = Key("team", "w")


class Slow(FakeAdmissionPort):
    """An API server that answers when it is told to, and counts who is being answered."""

    def __init__(self, **namespaces: NamespaceFacts) -> None:
        super().__init__(**namespaces)
        self.go = asyncio.Event()
        self.waiting = self.most = 0

    async def namespace(self, name: str) -> NamespaceFacts:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        await self.go.wait()
        self.waiting -= 1
        return await super().namespace(name)


@pytest.fixture
def port() -> FakeAdmissionPort:
    return fake_admission(generated_set())


async def settled(guards: EnforcementCache) -> None:
    await until(lambda: not guards.busy, what="an answer")


async def test_an_answer_is_kept_and_asked_again_when_old(
    port: FakeAdmissionPort, clock: ManualClock
) -> None:
    guards, told = EnforcementCache(port, clock), []
    guards.listeners.add(lambda: told.append(guards.get("team")))
    assert guards.for_gate("team", None, "") is None
    guards.want([TEAM, Key("team", "other"), Key("free", "w")])
    assert guards.busy
    assert guards.get("team") is None
    await settled(guards)
    assert len(told) == 2
    team, free = guards.for_gate("team", None, ""), guards.for_gate("free", None, "")
    assert team
    assert free
    assert (team.state, free.state) == (EnforcementState.ENFORCED, EnforcementState.ADVISORY)
    assert port.read == 2  # the policies and their bindings, once for both namespaces

    port.places["team"] = NamespaceFacts("team", {})
    await clock.advance(MAX_AGE - 1)
    guards.want([TEAM])
    assert not guards.busy
    await clock.advance(1)
    guards.want([TEAM])
    await settled(guards)
    again = guards.get("team")
    assert again
    assert again.state is EnforcementState.ADVISORY
    assert len(told) == 3
    await clock.advance(MAX_AGE)
    guards.want([TEAM])
    await settled(guards)
    assert len(told) == 3  # it is the same

    port.places["team"] = NamespaceFacts("team", {LABEL: "enforced"})
    guards.refresh()
    assert guards.get("team") == again
    guards.want([TEAM])
    await settled(guards)
    assert len(told) == 4


async def test_a_failure_is_an_answer_and_asked_again_sooner(
    port: FakeAdmissionPort, clock: ManualClock
) -> None:
    guards = EnforcementCache(port, clock)
    for broken in (UnreachableError("Nobody answers"), RuntimeError("a mistake of ours")):
        port.broken = broken
        guards.refresh()
        guards.want([TEAM])
        await settled(guards)
        found = guards.get("team")
        assert found
        assert (found.state, found.failed) == (EnforcementState.UNKNOWN, True)
        assert "a mistake" not in found.detail
    port.broken = None
    await clock.advance(FAILED_MAX_AGE)
    guards.want([TEAM])
    await settled(guards)
    found = guards.get("team")
    assert found
    assert found.state is EnforcementState.ENFORCED


async def test_few_are_asked_at_once_and_closing_ends_it(clock: ManualClock) -> None:
    names = [f"ns-{number}" for number in range(3 * AT_ONCE)]
    slow = Slow(**{name: NamespaceFacts(name, {}) for name in names})
    slow.put(*generated_set().documents)
    guards = EnforcementCache(slow, clock)
    told: list[None] = []
    guards.listeners.add(lambda: told.append(None))
    guards.want(Key(name, "w") for name in names)
    await until(lambda: slow.waiting == AT_ONCE)
    slow.go.set()
    await settled(guards)
    assert slow.most == AT_ONCE
    assert len(told) == len(names)

    slow.go.clear()
    guards.refresh()
    guards.want([Key("ns-0", "w")])
    await until(lambda: slow.waiting == 1)
    await guards.close()
    assert not guards.busy
    guards.want([Key("ns-1", "w")])
    assert not guards.busy


async def test_where_nothing_can_be_asked_it_is_unknown(clock: ManualClock) -> None:
    guards = EnforcementCache(None, clock)
    guards.want([TEAM])
    assert not guards.busy
    found = guards.for_gate("team", None, "")
    assert found
    assert found.state is EnforcementState.UNKNOWN


@pytest.mark.parametrize("trying", [True, False])
async def test_a_dry_run_is_sent_only_where_that_is_allowed(
    port: FakeAdmissionPort, clock: ManualClock, trying: bool
) -> None:
    port.hidden = True
    guards = EnforcementCache(port, clock, trying=trying)
    guards.want([TEAM])
    await settled(guards)
    found = guards.get("team")
    assert found
    assert found.state is (EnforcementState.ADVISORY if trying else EnforcementState.UNKNOWN)
    assert bool(port.tried) is trying


class Erring(FakeAdmissionPort):
    """An API server whose answers are not what they should be."""

    async def policies(self, labels: str) -> list[Document]:
        return [{"metadata": "x"}]


async def test_answers_that_make_no_sense_reach_nobody(clock: ManualClock) -> None:
    guards = EnforcementCache(Erring(), clock)
    guards.want([TEAM])
    await settled(guards)
    found = guards.get("team")
    assert found
    assert found.detail == "unknown whether the cluster enforces it: it could not be asked"
