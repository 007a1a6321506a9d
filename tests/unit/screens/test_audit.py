"""`:audit`: the decisions of this machine in the console, one of them whole, and what it led to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice
from argotui.operations.gates.decide import decide
from argotui.operations.gates.review import review_gate
from argotui.screens.audit.decision import DecisionScreen
from argotui.screens.audit.screen import AuditScreen
from argotui.screens.gates.gate import GateScreen
from argotui.screens.workflow.screen import WorkflowScreen
from tests.support import ManualClock, until
from tests.unit.screens.gate_rig import GateOpener, Room, bare, gate_id, release


@pytest.fixture
def opener(embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path) -> GateOpener:
    return GateOpener(embedded, clock, tmp_path)


async def decided(room: Room, name: str, choice: Choice, reason: str) -> None:
    """Decide a gate beside the console, which does not see what it leads to."""
    desk = room.app.gates.gate_service.decision_context
    seen = await review_gate(desk, Key("argo", name), gate_id(name))
    values = {each.name: "YES" for each in seen.gate.supplied}
    result = await decide(desk, seen, choice, values=values, reason=reason)
    assert result.outcome.value == "decided"


async def record(room: Room, count: int) -> AuditScreen:
    room.press(":", "audit", "enter")
    await room.be_on(AuditScreen)
    screen = room.screen
    assert isinstance(screen, AuditScreen)
    await until(lambda: len(screen.table.rows) == count, what=f"{count} decisions")
    await room.at_rest()
    return screen


async def test_without_decisions_it_says_where_they_would_be(opener: GateOpener) -> None:
    async with opener.room() as room:
        await record(room, 0)
        await room.see("No decision was made on this machine yet.")
        await room.see("audit.jsonl")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_each_decision_is_a_row_that_says_who_and_what(
    opener: GateOpener, size: tuple[int, int]
) -> None:
    await opener.wait_for(release(), bare("other"))
    async with opener.room(size=size) as room:
        await decided(room, "release", Choice.APPROVE, "fine, password=hunter2")
        await decided(room, "other", Choice.DENY, "too early")
        screen = await record(room, 2)
        await room.see("approver@example.com  denied")
        await room.see("approved approve=YES")
        await room.see("all in cluster demo, namespace argo")
        await room.see("✔ 4 lines as written   2 decisions")
        rows = [screen.decision_log.decisions[each].workflow for each in screen.table.rows]
        assert rows == ["other", "release"]
        assert "hunter2" not in room.text


async def test_it_is_filtered_and_a_mistake_is_shown(opener: GateOpener) -> None:
    await opener.wait_for(release(), bare("other"))
    async with opener.room() as room:
        await decided(room, "release", Choice.APPROVE, "fine")
        await decided(room, "other", Choice.DENY, "too early")
        room.press(":", "audit /approve=YES", "enter")
        await room.be_on(AuditScreen)
        screen = room.screen
        assert isinstance(screen, AuditScreen)
        await room.see("1 of 2 decisions")
        for text, names in (
            ("early", ["other"]),
            ("name:release", ["release"]),
            ("message:fine", ["release"]),
            ("!fine age:<1h", ["other"]),
            ("ns:argo fine", ["release"]),
        ):
            assert screen.apply_filter(text) is None, text
            found = [screen.decision_log.decisions[each].workflow for each in screen.table.rows]
            assert found == names, text
        for text in ("phase:failed", "took:>2m", "a:b=c"):
            assert screen.apply_filter(text) is not None, text
        assert screen.apply_filter("nothing-like-it") is None
        await room.see("None of the 2 decisions matches the filter.")
        room.press("escape")
        await room.see("2 decisions")


async def test_one_is_shown_whole_and_leads_to_workflow_and_gate(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.room() as room:
        await decided(room, "release", Choice.APPROVE, "fine")
        await record(room, 1)
        room.press("enter")
        await room.be_on(DecisionScreen)
        await room.see("approve  YES")
        await room.see("entries 1, 2 of 2, as they were written")
        await room.see("asked by   developer@example.com")
        await room.see("effect     not looked at")
        room.press("w")
        await room.be_on(WorkflowScreen)
        room.press("escape")
        await room.be_on(DecisionScreen)
        room.press("a")
        await room.be_on(GateScreen)
        await room.see("approved it with approve=YES: fine")


async def test_what_it_led_to_is_looked_at_again(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.room() as room:
        await decided(room, "release", Choice.DENY, "no")
        await record(room, 1)
        room.press("e")
        await until(lambda: list(opener.audit.entries())[-1]["kind"] == "effect")
        await opener.settle()
        room.press("enter")
        await room.be_on(DecisionScreen)
        room.press("e")
        await room.see("nothing ran, the workflow ended Failed")
        assert opener.audit.check()[1] == []
        room.press("e")
        await room.see("effect: all is known of it")


async def test_the_console_sees_by_itself_what_its_decisions_led_to(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.room() as room:
        await room.open()
        await room.send("left", "a", "enter")
        if room.gate.flow.result is None:
            room.press("enter")
        await until(lambda: room.gate.flow.result is not None)

        def seen() -> bool:
            return any(entry["kind"] == "effect" for entry in opener.audit.entries())

        await room.pass_time_until(seen)
        screen = await record(room, 1)
        (each,) = screen.decision_log.decisions.values()
        assert each.effect_words == "nothing ran, the workflow ended Succeeded"


async def test_a_changed_entry_is_told_in_the_list_and_at_the_decision(opener: GateOpener) -> None:
    await opener.wait_for(release(), bare("other"))
    async with opener.room() as room:
        await decided(room, "release", Choice.APPROVE, "fine")
        await decided(room, "other", Choice.DENY, "too early")
        path = opener.audit.path
        path.write_text(path.read_text().replace("too early", "too late"))
        await record(room, 2)
        await room.see("! The log is not as it was written: 1 problem;")
        room.press("enter")
        await room.be_on(DecisionScreen)
        await room.see("line 3: edited: entry 3 was changed")


async def test_a_decision_of_another_cluster_is_shown_and_not_opened(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.room() as room:
        await decided(room, "release", Choice.APPROVE, "fine")
        entries = [dict(entry) for entry in opener.audit.entries()]
        opener.audit.path.unlink()
        for entry in entries:
            moved = {k: v for k, v in entry.items() if k not in ("seq", "prev", "hash")}
            if "cluster" in moved:
                moved |= {"cluster": "https://prod:6443", "context": ""}
            opener.audit.append_now(json.loads(json.dumps(moved)))
        await record(room, 1)
        await room.see("cluster prod:6443")
        room.press("w")
        await room.see("workflow: it was decided in another cluster: prod:6443")
