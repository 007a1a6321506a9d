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
from tests.unit.admission.fake_admission import LABEL, FakeAdmissionPort, generated_set
from tests.unit.screens.console import reason
from tests.unit.screens.gate_rig import Document, GateConsole, GateOpener, bare, release

ADVISORY = "advisory: whoever may patch workflows in argo may open any gate"


@pytest.fixture
def opener(embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path) -> GateOpener:
    return GateOpener(embedded, clock, tmp_path)


def policies(source: ApproverSource = ApproverSource.TEMPLATES) -> FakeAdmissionPort:
    """Return an API server that keeps the namespace `argo`, and no other."""
    found = FakeAdmissionPort(
        argo=NamespaceFacts("argo", {LABEL: "enforced"}), data=NamespaceFacts("data", {})
    )
    found.put(*generated_set(source).documents)
    return found


def kept_by(console: GateConsole, port: FakeAdmissionPort) -> None:
    """Let the console ask another API server about policies than the embedded one, which has
    none."""
    console.app.gates.gate_service.enforcement_cache = EnforcementCache(port, console.clock)


def named(name: str, approvers: str, **more: object) -> Document:
    document = release(name, **more)  # type: ignore[arg-type]  # facts by keyword
    document["metadata"]["annotations"]["argotui.io/approvers"] = approvers
    return document


async def test_a_cluster_without_policies_advises(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console(size=(80, 24)) as console:
        await console.open()
        await console.see("gate     ▲ advisory: whoever may patch workflows in argo may")
        assert "approvers  " not in console.text  # the sentence names them
        console.press("escape")
        await console.open_inbox(1)
        await console.see(ADVISORY)
        assert " ENFORCEMENT" not in console.text
    async with opener.gate_console(size=(160, 30)) as console:
        await console.open_inbox(1)
        row = next(line for line in console.lines if "release" in line)
        assert "advisory" in row
        assert "ENFORCEMENT" in console.text
        assert "APPROVERS" not in console.text


async def test_who_can_neither_read_nor_try_is_not_told_a_guess(opener: GateOpener) -> None:
    opener.user = "viewer"
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        await console.see(
            "○ unknown whether the cluster enforces it: admission policies are not yours to read"
        )
        await console.see("approvers  unknown")
        console.press("escape")
        inbox = await console.open_inbox(1)
        await console.see("unknown whether the cluster enforces it")
        assert inbox.table.rows


async def test_a_read_only_console_sends_no_dry_run(opener: GateOpener) -> None:
    opener.read_only = True
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        await console.see("run may be sent to find out")
        console.press("escape")
        await console.open_inbox(1)
        await console.see("unknown whether the cluster enforces it: ")
    assert not [one for one in opener.embedded.server.requests if "dryRun" in one]


async def test_an_enforced_gate_names_its_approvers(opener: GateOpener) -> None:
    await opener.wait_for(
        named("ours", "group:approvers,user:eve"), named("theirs", "group:qa"), bare("nobodys")
    )
    async with opener.gate_console(size=(160, 45)) as console:
        kept_by(console, policies())
        for name, who in (
            ("ours", "group:approvers, user:eve · you are one of them"),
            ("theirs", "group:qa · you are none of them"),
            ("nobodys", "nobody: none is named by the template or the workflow"),
        ):
            await console.open(name)
            await console.see("● enforced by the cluster")
            await console.see(f"approvers  {who}")
            console.press("escape")
            await console.be_on(WorkflowsScreen)
        inbox = await console.open_inbox(3)
        lines = {name: next(x for x in console.lines if f" {name} " in x) for name in console.gates}
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
            inbox.table.move_by(console.gates.index(name))
            await console.see(f"enforced by the cluster: {who}")
        inbox.apply_filter("theirs")
        await console.see("/theirs   enforced by the cluster: group:qa")


@pytest.mark.parametrize("width", [120, 160])
async def test_each_namespace_is_kept_in_its_own_way(opener: GateOpener, width: int) -> None:
    opener.user = "admin"
    await opener.wait_for(named("here", "group:a"), named("there", "group:a", namespace="data"))
    async with opener.gate_console(size=(width, 30)) as console:
        kept_by(console, policies())
        await console.open_inbox(2)
        await console.see("ENFORCEMENT")
        lines = {name: next(x for x in console.lines if f" {name} " in x) for name in console.gates}
        assert "enforced" in lines["here"]
        assert "advisory" in lines["there"]
        assert "group:a" not in lines["there"]
        assert ("group:a" in lines["here"]) is (width == 160)


async def test_a_column_that_says_the_same_of_all_takes_no_room_of_others(
    opener: GateOpener,
) -> None:
    await opener.wait_for(release())
    async with opener.gate_console(size=(120, 30)) as console:
        await console.open_inbox(1)
        await console.see(ADVISORY)
        assert "ENFORCEMENT" not in console.text
        await console.pilot.resize_terminal(160, 30)
        await console.see("ENFORCEMENT")
        await console.pilot.resize_terminal(120, 30)
        await until(lambda: "ENFORCEMENT" not in console.text)


async def test_a_change_of_the_policies_is_seen_after_a_while(opener: GateOpener) -> None:
    await opener.wait_for(named("release", "group:approvers"))
    port = policies()
    async with opener.gate_console(size=(120, 36)) as console:
        kept_by(console, port)
        await console.open()
        await console.see("● enforced by the cluster")
        assert not reason(console, "gate.approve")
        port.installed.clear()
        opener.embedded.faults.answer(403, times=2, match="fieldManager=argotui&dryRun=All")
        await console.clock.advance(MAX_AGE)
        console.gate.ticked()
        await console.see("▲ advisory: whoever may patch workflows in argo may")
        await console.see("the cluster refuses it")
        assert "not now" in (reason(console, "gate.approve") or "")
        port.put(*generated_set().documents)
        console.press("ctrl+r")
        await console.see("● enforced by the cluster")


@pytest.mark.parametrize("broken", [UnreachableError("Nobody answers"), RuntimeError("oops")])
async def test_what_goes_wrong_with_asking_is_said_and_stops_nothing(
    opener: GateOpener, broken: Exception
) -> None:
    await opener.wait_for(release())
    port = policies()
    port.broken = broken
    async with opener.gate_console() as console:
        kept_by(console, port)
        screen = await console.open()
        await console.see("○ unknown whether the cluster enforces it")
        console.press("1")
        await console.send("a")
        assert screen.flow.result is not None
    assert opener.outcomes == [("release", "decided")]


async def test_several_say_how_each_of_them_is_kept(opener: GateOpener) -> None:
    opener.user = "admin"
    await opener.wait_for(named("here", "group:a"), named("there", "group:a", namespace="data"))
    async with opener.gate_console(size=(160, 30)) as console:
        kept_by(console, policies())
        inbox = await console.open_inbox(2)
        inbox.table.cursor_home()
        console.press("space", "space", "a")
        await console.be_on(DecisionsScreen)
        await console.see("1 enforced, 1 advisory")
        await console.at_rest()
        lines = {name: next(x for x in console.lines if f" {name} " in x) for name in console.gates}
        assert "enforced" in lines["here"]
        assert "advisory" in lines["there"]
        screen = console.decisions
        screen.table.cursor_home()
        name = next(iter(screen.entries)).key.name
        told = {"here": "enforced by the cluster: group:a", "there": "advisory: whoever may"}
        await console.see(told[name])
        other = next(each for each in told if each != name)
        console.press("down")
        await console.see(told[other])
        await until(lambda: not console.app.gates.gate_service.enforcement_cache.busy)
