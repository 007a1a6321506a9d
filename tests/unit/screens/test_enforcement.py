"""Enforced or advisory, and who may decide: in the inbox, on a gate, and for several at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from argotui.backend.ports import NamespaceFacts
from argotui.demo.cluster import EmbeddedCluster
from argotui.errors import UnreachableError
from argotui.operations.admission.enforcement_cache import MAX_AGE, EnforcementCache
from argotui.operations.admission.parameters import ApproverSource
from argotui.screens.gates.several import DecisionsScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from tests.support import ManualClock, until
from tests.unit.screens.console import reason
from tests.unit.screens.gate_rig import Document, GateOpener, Room, bare, release
from tests.unit.shelf import LABEL, Shelf, kept

ADVISORY = "advisory: whoever may patch workflows in argo may open any gate"


@pytest.fixture
def opener(embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path) -> GateOpener:
    return GateOpener(embedded, clock, tmp_path)


def policies(source: ApproverSource = ApproverSource.TEMPLATES) -> Shelf:
    """Return an API server that keeps the namespace `argo`, and no other."""
    found = Shelf(argo=NamespaceFacts("argo", {LABEL: "enforced"}), data=NamespaceFacts("data", {}))
    found.put(*kept(source).documents)
    return found


def kept_by(room: Room, port: Shelf) -> None:
    """Let the console ask another API server about policies than the embedded one, which has
    none."""
    room.app.gates.gate_service.enforcement_cache = EnforcementCache(port, room.clock)


def named(name: str, approvers: str, **more: object) -> Document:
    document = release(name, **more)  # type: ignore[arg-type]  # facts by keyword
    document["metadata"]["annotations"]["argotui.io/approvers"] = approvers
    return document


async def test_a_cluster_without_policies_advises(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.room(size=(80, 24)) as room:
        await room.open()
        await room.see("gate     ▲ advisory: whoever may patch workflows in argo may")
        assert "approvers  " not in room.text  # the sentence names them
        room.press("escape")
        await room.open_inbox(1)
        await room.see(ADVISORY)
        assert " ENFORCEMENT" not in room.text
    async with opener.room(size=(160, 30)) as room:
        await room.open_inbox(1)
        row = next(line for line in room.lines if "release" in line)
        assert "advisory" in row
        assert "ENFORCEMENT" in room.text
        assert "APPROVERS" not in room.text


async def test_who_can_neither_read_nor_try_is_not_told_a_guess(opener: GateOpener) -> None:
    opener.user = "viewer"
    await opener.wait_for(release())
    async with opener.room() as room:
        await room.open()
        await room.see(
            "○ unknown whether the cluster enforces it: admission policies are not yours to read"
        )
        await room.see("approvers  unknown")
        room.press("escape")
        inbox = await room.open_inbox(1)
        await room.see("unknown whether the cluster enforces it")
        assert inbox.table.rows


async def test_a_read_only_console_sends_no_dry_run(opener: GateOpener) -> None:
    opener.read_only = True
    await opener.wait_for(release())
    async with opener.room() as room:
        await room.open()
        await room.see("run may be sent to find out")
        room.press("escape")
        await room.open_inbox(1)
        await room.see("unknown whether the cluster enforces it: ")
    assert not [one for one in opener.embedded.server.requests if "dryRun" in one]


async def test_an_enforced_gate_names_its_approvers(opener: GateOpener) -> None:
    await opener.wait_for(
        named("ours", "group:approvers,user:eve"), named("theirs", "group:qa"), bare("nobodys")
    )
    async with opener.room(size=(160, 45)) as room:
        kept_by(room, policies())
        for name, who in (
            ("ours", "group:approvers, user:eve · you are one of them"),
            ("theirs", "group:qa · you are none of them"),
            ("nobodys", "nobody: none is named by the template or the workflow"),
        ):
            await room.open(name)
            await room.see("● enforced by the cluster")
            await room.see(f"approvers  {who}")
            room.press("escape")
            await room.be_on(WorkflowsScreen)
        inbox = await room.open_inbox(3)
        lines = {name: next(x for x in room.lines if f" {name} " in x) for name in room.gates}
        assert "● allow, but you are no approver" in lines["theirs"]
        assert "● allow " in lines["ours"]
        assert "but" not in lines["ours"]
        for name, who in (
            ("ours", "group:approvers, user:eve"),
            ("theirs", "group:qa"),
            ("nobodys", "nobody: none is named"),
        ):
            assert "enforced" in lines[name]
            assert who in lines[name]
            inbox.table.cursor_home()
            inbox.table.move_by(room.gates.index(name))
            await room.see(f"enforced by the cluster: {who}")
        inbox.apply_filter("theirs")
        await room.see("/theirs   enforced by the cluster: group:qa")


@pytest.mark.parametrize("width", [120, 160])
async def test_each_namespace_is_kept_in_its_own_way(opener: GateOpener, width: int) -> None:
    opener.user = "admin"
    await opener.wait_for(named("here", "group:a"), named("there", "group:a", namespace="data"))
    async with opener.room(size=(width, 30)) as room:
        kept_by(room, policies())
        await room.open_inbox(2)
        await room.see("ENFORCEMENT")
        lines = {name: next(x for x in room.lines if f" {name} " in x) for name in room.gates}
        assert "enforced" in lines["here"]
        assert "advisory" in lines["there"]
        assert "group:a" not in lines["there"]
        assert ("group:a" in lines["here"]) is (width == 160)


async def test_a_column_that_says_the_same_of_all_takes_no_room_of_others(
    opener: GateOpener,
) -> None:
    await opener.wait_for(release())
    async with opener.room(size=(120, 30)) as room:
        await room.open_inbox(1)
        await room.see(ADVISORY)
        assert "ENFORCEMENT" not in room.text
        await room.pilot.resize_terminal(160, 30)
        await room.see("ENFORCEMENT")
        await room.pilot.resize_terminal(120, 30)
        await until(lambda: "ENFORCEMENT" not in room.text)


async def test_a_change_of_the_policies_is_seen_after_a_while(opener: GateOpener) -> None:
    await opener.wait_for(named("release", "group:approvers"))
    port = policies()
    async with opener.room(size=(120, 36)) as room:
        kept_by(room, port)
        await room.open()
        await room.see("● enforced by the cluster")
        assert not reason(room, "gate.approve")
        port.kept.clear()
        opener.embedded.faults.answer(403, times=2, match="fieldManager=argotui&dryRun=All")
        await room.clock.advance(MAX_AGE)
        room.gate.ticked()
        await room.see("▲ advisory: whoever may patch workflows in argo may")
        await room.see("the cluster refuses it")
        assert "not now" in (reason(room, "gate.approve") or "")
        port.put(*kept().documents)
        room.press("ctrl+r")
        await room.see("● enforced by the cluster")


@pytest.mark.parametrize("broken", [UnreachableError("Nobody answers"), RuntimeError("oops")])
async def test_what_goes_wrong_with_asking_is_said_and_stops_nothing(
    opener: GateOpener, broken: Exception
) -> None:
    await opener.wait_for(release())
    port = policies()
    port.broken = broken
    async with opener.room() as room:
        kept_by(room, port)
        screen = await room.open()
        await room.see("○ unknown whether the cluster enforces it")
        room.press("1")
        await room.send("a")
        assert screen.flow.result is not None
    assert opener.outcomes == [("release", "decided")]


async def test_several_say_how_each_of_them_is_kept(opener: GateOpener) -> None:
    opener.user = "admin"
    await opener.wait_for(named("here", "group:a"), named("there", "group:a", namespace="data"))
    async with opener.room(size=(160, 30)) as room:
        kept_by(room, policies())
        inbox = await room.open_inbox(2)
        inbox.table.cursor_home()
        room.press("space", "space", "a")
        await room.be_on(DecisionsScreen)
        await room.see("1 enforced, 1 advisory")
        await room.at_rest()
        lines = {name: next(x for x in room.lines if f" {name} " in x) for name in room.gates}
        assert "enforced" in lines["here"]
        assert "advisory" in lines["there"]
        screen = room.decisions
        screen.table.cursor_home()
        name = next(iter(screen.entries)).key.name
        told = {"here": "enforced by the cluster: group:a", "there": "advisory: whoever may"}
        await room.see(told[name])
        other = next(each for each in told if each != name)
        room.press("down")
        await room.see(told[other])
        await until(lambda: not room.app.gates.gate_service.enforcement_cache.busy)
