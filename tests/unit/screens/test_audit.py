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
from tests.unit.screens.gate_rig import GateConsole, GateOpener, bare, gate_id, release


@pytest.fixture
def opener(embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path) -> GateOpener:
    return GateOpener(embedded, clock, tmp_path)


async def decided(console: GateConsole, name: str, choice: Choice, reason: str) -> None:
    """Decide a gate beside the console, which does not see what it leads to."""
    context = console.app.gates.gate_service.decision_context
    seen = await review_gate(context, Key("argo", name), gate_id(name))
    values = {each.name: "YES" for each in seen.gate.supplied}
    result = await decide(context, seen, choice, values=values, reason=reason)
    assert result.outcome.value == "decided"


async def record(console: GateConsole, count: int) -> AuditScreen:
    console.press(":", "audit", "enter")
    await console.be_on(AuditScreen)
    screen = console.screen
    assert isinstance(screen, AuditScreen)
    await until(lambda: len(screen.table.rows) == count, what=f"{count} decisions")
    await console.at_rest()
    return screen


async def test_without_decisions_it_says_where_they_would_be(opener: GateOpener) -> None:
    async with opener.gate_console() as console:
        await record(console, 0)
        await console.see("No decision was made on this machine yet.")
        await console.see("audit.jsonl")


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_each_decision_is_a_row_that_says_who_and_what(
    opener: GateOpener, size: tuple[int, int]
) -> None:
    await opener.wait_for(release(), bare("other"))
    async with opener.gate_console(size=size) as console:
        await decided(console, "release", Choice.APPROVE, "fine, password=hunter2")
        await decided(console, "other", Choice.DENY, "too early")
        screen = await record(console, 2)
        await console.see("approver@example.com  denied")
        await console.see("approved approve=YES")
        await console.see("all in cluster demo, namespace argo")
        await console.see("✔ 4 lines as written   2 decisions")
        rows = [screen.decision_log.decisions[each].workflow for each in screen.table.rows]
        assert rows == ["other", "release"]
        assert "hunter2" not in console.text


async def test_it_is_filtered_and_a_mistake_is_shown(opener: GateOpener) -> None:
    await opener.wait_for(release(), bare("other"))
    async with opener.gate_console() as console:
        await decided(console, "release", Choice.APPROVE, "fine")
        await decided(console, "other", Choice.DENY, "too early")
        console.press(":", "audit /approve=YES", "enter")
        await console.be_on(AuditScreen)
        screen = console.screen
        assert isinstance(screen, AuditScreen)
        await console.see("1 of 2 decisions")
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
        await console.see("None of the 2 decisions matches the filter.")
        console.press("escape")
        await console.see("2 decisions")


async def test_one_is_shown_whole_and_leads_to_workflow_and_gate(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await decided(console, "release", Choice.APPROVE, "fine")
        await record(console, 1)
        console.press("enter")
        await console.be_on(DecisionScreen)
        await console.see("approve  YES")
        await console.see("entries 1, 2 of 2, as they were written")
        await console.see("asked by   developer@example.com")
        await console.see("effect     not looked at")
        console.press("w")
        await console.be_on(WorkflowScreen)
        console.press("escape")
        await console.be_on(DecisionScreen)
        console.press("a")
        await console.be_on(GateScreen)
        await console.see("approved it with approve=YES: fine")


async def test_what_it_led_to_is_looked_at_again(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await decided(console, "release", Choice.DENY, "no")
        await record(console, 1)
        console.press("e")
        await until(lambda: list(opener.audit.entries())[-1]["kind"] == "effect")
        await opener.settle()
        console.press("enter")
        await console.be_on(DecisionScreen)
        console.press("e")
        await console.see("nothing ran, the workflow ended Failed")
        assert opener.audit.check()[1] == []
        console.press("e")
        await console.see("effect: all is known of it")


async def test_the_console_sees_by_itself_what_its_decisions_led_to(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        await console.send("left", "a", "enter")
        if console.gate.flow.result is None:
            console.press("enter")
        await until(lambda: console.gate.flow.result is not None)

        def seen() -> bool:
            return any(entry["kind"] == "effect" for entry in opener.audit.entries())

        await console.pass_time_until(seen)
        screen = await record(console, 1)
        (each,) = screen.decision_log.decisions.values()
        assert each.effect_words == "nothing ran, the workflow ended Succeeded"


async def test_a_changed_entry_is_told_in_the_list_and_at_the_decision(opener: GateOpener) -> None:
    await opener.wait_for(release(), bare("other"))
    async with opener.gate_console() as console:
        await decided(console, "release", Choice.APPROVE, "fine")
        await decided(console, "other", Choice.DENY, "too early")
        path = opener.audit.path
        path.write_text(path.read_text().replace("too early", "too late"))
        await record(console, 2)
        await console.see("! The log is not as it was written: 1 problem;")
        console.press("enter")
        await console.be_on(DecisionScreen)
        await console.see("line 3: edited: entry 3 was changed")


async def test_a_decision_of_another_cluster_is_shown_and_not_opened(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await decided(console, "release", Choice.APPROVE, "fine")
        entries = [dict(entry) for entry in opener.audit.entries()]
        opener.audit.path.unlink()
        for entry in entries:
            moved = {k: v for k, v in entry.items() if k not in ("seq", "prev", "hash")}
            if "cluster" in moved:
                moved |= {"cluster": "https://prod:6443", "context": ""}
            opener.audit.append_now(json.loads(json.dumps(moved)))
        await record(console, 1)
        await console.see("cluster prod:6443")
        console.press("w")
        await console.see("workflow: it was decided in another cluster: prod:6443")
