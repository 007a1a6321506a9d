"""The inbox: every gate that waits, in order, with its verdict; and it decides nothing itself."""

from __future__ import annotations

import asyncio
import dataclasses
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from argotui.backend.ports import PolicyPort
from argotui.backend.session import Session
from argotui.demo.api.users import Binding, PolicyRule
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.gates.verdict import NoVerdict, Verdict, no_verdict
from argotui.operations.gates.review import DecisionContext
from argotui.operations.gates.service import GateService, session_context
from argotui.operations.gates.verdicts import AT_ONCE
from argotui.screens.gates.gate import GateScreen
from argotui.screens.gates.inbox import GatesScreen
from argotui.screens.gates.several import DecisionsScreen
from argotui.screens.gates.signals import notification
from argotui.screens.logs.screen import LogsScreen
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.widgets.gates.several_columns import SeveralState
from tests.support import ManualClock, until
from tests.unit.screens.console import reason, row_of_cursor
from tests.unit.screens.gate_rig import (
    GateConsole,
    GateOpener,
    bare,
    gate_id,
    release,
    suspended,
)

HOSTILE = "\x1b]0;owned\x07[@click=app.quit]x[/]"


@pytest.fixture
def opener(embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path) -> GateOpener:
    return GateOpener(embedded, clock, tmp_path)


async def test_all_kinds_in_order_of_urgency_with_their_verdicts(opener: GateOpener) -> None:
    await opener.wait_for(
        suspended("whole"),
        release("own", creator="approver@example.com"),
        release("unsure", confidence="0.5", duration="26m"),
        release("certain", confidence="0.95", duration="2h"),
        bare("timer", duration="4m"),
    )
    async with opener.gate_console(size=(160, 30)) as console:
        await console.open_inbox(5)
        assert console.gates == ["timer", "unsure", "certain", "own", "whole"]
        lines = [line for line in console.lines if "release" not in line]
        row = {name: next(line for line in lines if name in line) for name in console.gates}
        assert "3m → APPROVES !" in row["timer"]
        assert "● allow" in row["timer"]
        assert "25m → approve=NO" in row["unsure"]
        assert "▲ confidence 0.5 is below 0.9" in row["unsure"]
        assert "● allow" in row["certain"]
        assert "you" in row["own"]
        assert "✖ you asked for it yourself" in row["own"]
        assert "never expires" in row["own"]
        assert "(suspended)" in row["whole"]
        assert "approve" in row["certain"].split("allow")[1]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("", "○ no policy is configured"),
        ("http://127.0.0.1:9", "○ policy unreachable"),
    ],
)
async def test_why_there_is_no_verdict_is_shown_apart(
    opener: GateOpener, policy: str, words: str
) -> None:
    opener.set(policy=policy)
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        await console.see(words)


async def test_a_viewer_sees_that_it_is_not_for_them(opener: GateOpener) -> None:
    opener.user = "viewer"
    await opener.wait_for(release(confidence="0.95"))
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        await console.see("● not yours: you may not patch wor")


async def test_what_happens_at_the_end_is_not_cut_on_a_narrow_terminal(
    opener: GateOpener,
) -> None:
    opener.set(policy="http://127.0.0.1:9")
    await opener.wait_for(
        release("certain-7xk2p", duration="2h"),
        bare("timer-of-the-quarterly-report", duration="4m"),
    )
    async with opener.gate_console(size=(80, 24)) as console:
        await console.open_inbox(2)
        await console.see("→ approve=NO ")
        await console.see("→ APPROVES ! ")
        await console.see("all: policy unreachable")


async def test_a_policy_that_cannot_be_opened_leaves_the_gates(opener: GateOpener) -> None:
    opener.set(policy="dir:nowhere")
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        console.press("ctrl+g")
        await console.see("No verdicts: There are no policies in nowhere")
        await console.see("developer@example.com")


async def test_it_looks_in_all_namespaces_though_one_is_shown(opener: GateOpener) -> None:
    opener.user = "admin"
    await opener.wait_for(release(), release("elsewhere", namespace="data"))
    async with opener.gate_console() as console:
        await until(lambda: console.names == ["release"])
        await console.open_inbox(2)
        await console.see("elsewhere")
        assert console.app.session.namespace == "argo"
        await opener.wait_for(release("later", namespace="data"))
        await console.see("later")
        console.press("escape")
        await until(lambda: console.names == ["release"])


async def test_it_falls_back_to_the_namespaces_that_may_be_read(opener: GateOpener) -> None:
    await opener.wait_for(release(), release("elsewhere", namespace="data"))
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        await console.see("Showing argo. You cannot list namespaces")
        assert console.gates == ["release"]


async def test_the_namespace_shown_is_looked_in_though_nothing_names_it(
    opener: GateOpener,
) -> None:
    rules = (PolicyRule(("argoproj.io",), ("*",), ("get", "list", "watch", "patch")),)
    opener.embedded.directory.bindings.append(Binding("guest", "approvers", "data", rules))
    await opener.wait_for(release(), release("elsewhere", namespace="data"))
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        console.app.switch_namespace("data")
        await until(lambda: console.names == ["elsewhere"])
        await console.open_inbox(2)
        console.app.switch_namespace("argo")
        await until(lambda: console.names == ["release"])
        await console.open_inbox(2)


async def test_where_all_namespaces_are_shown_nothing_more_is_read(opener: GateOpener) -> None:
    opener.user = "admin"
    await opener.wait_for(release(), release("elsewhere", namespace="data"))
    async with opener.gate_console() as console:
        console.app.switch_namespace(None)
        await until(lambda: len(console.names) == 2)
        await console.open_inbox(2)
        assert console.app.gates.gate_service.feed is console.app.session.feed
        console.app.switch_namespace("data")
        await until(lambda: console.names == ["elsewhere"])
        await console.open_inbox(2)


async def test_an_empty_inbox_says_so(opener: GateOpener) -> None:
    async with opener.gate_console() as console:
        console.press(":gates", "enter")
        await console.see("No gate waits for anybody.")
        assert reason(console, "list.open") == "no gate is under the cursor"
        await opener.wait_for(release())
        await console.see("developer@example.com")


# Filtering.


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("unsure", ["unsure"]),
        ("below", ["unsure"]),
        ("!below", ["sure", "timer"]),
        ("allow", ["sure", "timer"]),
        ("creator:ci*", ["sure"]),
        ("ci-bot", ["sure"]),
        ("-f usr", ["unsure"]),
        ("template:gate age:<1h", ["sure", "timer", "unsure"]),
        ("age:>1h", []),
        ("ns:data", []),
        ("-l tier=gold", ["timer"]),
    ],
)
async def test_the_filter_knows_gates(opener: GateOpener, text: str, found: list[str]) -> None:
    timer = bare("timer")
    timer["metadata"]["labels"] = {"tier": "gold"}
    await opener.wait_for(
        release("unsure", confidence="0.5"), release("sure", creator="ci-bot"), timer
    )
    async with opener.gate_console(size=(160, 30)) as console:
        await console.open_inbox(3)
        console.press("/")
        console.press(text, "enter")
        await until(lambda: sorted(console.gates) == found, what=f"{found}, not {console.gates}")
        console.press("escape")
        await until(lambda: len(console.gates) == 3)


async def test_a_filter_that_says_nothing_of_gates_is_refused(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        console.press("/")
        console.press("phase:failed", "enter")
        await console.see("a gate waits, and age: says for how long")


# From the list to the right gate.


@pytest.mark.parametrize("key", ["enter", "a", "d"])
async def test_keys_open_the_gate_and_decide_nothing(opener: GateOpener, key: str) -> None:
    opener.set(countdown=0)
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        console.press(key)
        await console.be_on(GateScreen)
        await until(lambda: console.gate.gate_watch.trusted)
        await console.clock.advance(5)
    assert opener.outcomes == []
    assert opener.node("release")["phase"] == "Running"


async def test_a_key_typed_twice_does_not_decide_on_the_screen_it_opens(
    opener: GateOpener,
) -> None:
    opener.set(countdown=0)
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        console.press("a", "a", "a")
        await console.be_on(GateScreen)
        await console.gate_read()
        console.press("a")
        await console.see("too soon")
    assert opener.outcomes == []


async def test_more_urgent_gates_never_slip_under_the_cursor(opener: GateOpener) -> None:
    await opener.wait_for(release("b", duration="30m"), release("c", duration="40m"))
    async with opener.gate_console() as console:
        inbox = await console.open_inbox(2)
        console.press("down")
        await until(lambda: (key := inbox.table.cursor_key) and key.key.name == "c")
        await opener.wait_for(release("a", duration="5m"), release("d", duration="10m"))
        await until(lambda: len(inbox.gate_service.gates) == 4)
        console.press("enter")
        await console.be_on(GateScreen)
        assert console.gate.key == Key("argo", "c")


async def test_a_gate_that_closes_leaves_with_its_mark(opener: GateOpener) -> None:
    await opener.wait_for(release("first"), release("second"))
    async with opener.gate_console() as console:
        inbox = await console.open_inbox(2)
        console.press("space")
        await until(lambda: len(inbox.table.marks) == 1)
        gone = next(iter(inbox.table.marks))

        def close(document: dict[str, object]) -> None:
            document["status"]["nodes"][gone.node_id]["phase"] = "Succeeded"  # type: ignore[index]

        opener.change(gone.key.name, close)
        await until(lambda: len(console.gates) == 1)
        assert inbox.table.marks == set()


async def test_keys_elsewhere_lead_here(opener: GateOpener) -> None:
    await opener.wait_for(release("one"), release("two", gates=("left", "right")))
    async with opener.gate_console() as console:
        await console.listed(["one", "two"])
        console.workflows.table.go_to(Key("argo", "one"))
        console.press("a")
        await console.be_on(GateScreen)
        assert console.gate.key.name == "one"
        console.press("escape")
        await until(lambda: console.screen is console.workflows)
        console.workflows.table.go_to(Key("argo", "two"))
        console.press("a")
        await console.be_on(GatesScreen)
        await until(lambda: console.gates == ["two", "two"])
        console.press("escape", "escape")
        await until(lambda: console.screen is console.workflows)
        console.app.open_workflow(Key("argo", "two"), node=gate_id("two", "right"))
        await console.be_on(WorkflowScreen)
        opened = console.screen
        assert isinstance(opened, WorkflowScreen)
        await until(
            lambda: opened.body.node is not None and opened.body.node.display_name == "right"
        )
        assert reason(console, "workflow.gate") is None
        console.press("a")
        await console.be_on(GateScreen)
        assert console.gate.node_id == gate_id("two", "right")


async def test_the_number_in_the_header_can_be_clicked(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.see("‖ 1 gate waits")
        await console.at_rest()
        await console.pilot.click(offset=(console.lines[0].index("‖") + 2, 0))
        await console.be_on(GatesScreen)


async def test_hostile_names_do_nothing(opener: GateOpener) -> None:
    document = release(creator=HOSTILE)
    document["spec"]["templates"][1]["name"] = "gate"
    await opener.wait_for(document)
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        await console.see("[@click=app.quit]")
        await console.pilot.click(offset=(console.lines[3].find("[@click") + 12, 3))
        assert not set(console.text) & {"\x1b", "\x07"}
        assert console.app.is_running


# Verdicts.


class Counted(PolicyPort):
    """A policy that counts what it is asked, and how many wait at once."""

    def __init__(self, inner: PolicyPort) -> None:
        self.inner = inner
        self.asked = self.most = self._now = 0

    async def verdict(self, question: dict[str, object], digest: str) -> Verdict:
        self.asked += 1
        self._now += 1
        self.most = max(self.most, self._now)
        try:
            await asyncio.sleep(0.01)
            return await self.inner.verdict(question, digest)
        finally:
            self._now -= 1

    async def close(self) -> None:
        await self.inner.close()


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Counted]:
    """Count what every decision context asks the policy."""
    made: list[Counted] = []

    def own_context(session: Session) -> DecisionContext:
        context = session_context(session)
        made.append(Counted(context.policy))
        return dataclasses.replace(context, policy=made[-1])

    def init(self: GateService, *arguments: Any) -> None:
        original(self, *arguments, make_context=own_context)

    original = GateService.__init__
    monkeypatch.setattr(GateService, "__init__", init)
    return made


async def test_verdicts_are_asked_for_what_is_in_view_a_few_at_a_time(
    opener: GateOpener, counted: list[Counted]
) -> None:
    await opener.wait_for(*(release(f"wf-{number:02}") for number in range(40)))
    async with opener.gate_console(size=(140, 20)) as console:
        await until(lambda: len(console.names) == 40)
        console.press("ctrl+g")
        await console.be_on(GatesScreen)
        await until(lambda: len(console.inbox.table.rows) == 40)
        page = console.inbox.table.page
        await until(lambda: counted and counted[0].asked >= page)
        await console.see("all: allow")
        assert counted[0].asked < 40
        assert counted[0].most <= AT_ONCE


async def test_a_verdict_is_asked_again_when_it_is_old_or_the_gate_changed(
    opener: GateOpener, counted: list[Counted]
) -> None:
    await opener.wait_for(release(confidence="0.95"))
    async with opener.gate_console() as console:
        inbox = await console.open_inbox(1)
        await until(lambda: counted[0].asked == 1)
        inbox.ticked()
        await console.see("● allow")
        await console.see_no("(old)")
        await console.clock.advance(59)
        inbox.ticked()
        await console.see("● allow (old)")
        assert counted[0].asked == 1
        await console.clock.advance(2)
        inbox.ticked()
        await until(lambda: counted[0].asked == 2)

        def lower(document: dict[str, object]) -> None:
            node = document["status"]["nodes"][gate_id("release")]  # type: ignore[index]
            node["inputs"]["parameters"][2]["value"] = "0.1"

        opener.change("release", lower)
        await console.see("▲ confidence 0.1 is below 0.9")


class Away(PolicyPort):
    """A policy that nobody answers for."""

    async def verdict(self, question: dict[str, object], digest: str) -> Verdict:
        return no_verdict(
            NoVerdict.UNREACHABLE, "no connection", digest=digest, at=datetime.now(UTC)
        )

    async def close(self) -> None:
        pass


async def test_a_policy_that_was_away_is_asked_again_soon(
    opener: GateOpener, counted: list[Counted]
) -> None:
    await opener.wait_for(release(confidence="0.95"))
    async with opener.gate_console() as console:
        inbox = await console.open_inbox(1)
        there, counted[0].inner = counted[0].inner, Away()
        await console.clock.advance(61)
        inbox.ticked()
        await console.see("policy unreachable")
        counted[0].inner = there
        await console.clock.advance(16)
        inbox.ticked()
        await console.see("● allow")


# Several at once.


async def marked(console: GateConsole, count: int, key: str) -> DecisionsScreen:
    await console.open_inbox(count)
    console.press(*["space"] * count)
    await until(lambda: len(console.inbox.table.marks) == count)
    console.press(key)
    await console.be_on(DecisionsScreen)
    screen = console.decisions
    await until(lambda: all(e.state is not SeveralState.READING for e in screen.entries.values()))
    # What was found last begins the grace time when it is drawn.
    await until(
        lambda: not screen._draw_found.waits and not screen.gate_service.enforcement_cache.busy
    )
    await console.at_rest()
    await console.clock.advance(1)
    return screen


def states(screen: DecisionsScreen) -> dict[str, SeveralState]:
    return {gate.key.name: entry.state for gate, entry in screen.entries.items()}


def offering(name: str, choice: str) -> dict[str, Any]:
    """A workflow whose gate has this choice, and NO."""
    document = release(name)
    for template in document["spec"]["templates"][1:]:
        template["inputs"]["parameters"][0]["enum"] = [choice, "NO"]
    return document


async def test_several_are_summed_up_then_decided_one_by_one(opener: GateOpener) -> None:
    await opener.wait_for(
        release("one", confidence="0.95"),
        release("two"),
        release("own", creator="approver@example.com"),
    )
    async with opener.gate_console(size=(150, 30)) as console:
        screen = await marked(console, 3, "a")
        assert states(screen) == {
            "one": SeveralState.INCOMPLETE,
            "two": SeveralState.INCOMPLETE,
            "own": SeveralState.BLOCKED,
        }
        assert reason(console, "decisions.start") == "something is not chosen yet"
        console.press("right")
        await console.see("approve=YES")
        await console.see("2 ready   1 cannot be")
        await console.see("you asked for this workflow")
        console.press("enter")
        await console.see("APPROVING 2 in 2s")
        assert opener.outcomes == []
        await console.clock.advance(2)
        await until(lambda: not screen.flow.sending and screen.flow.pending is None)
        await console.see("✔ 2 decided")
        await console.see("1 not: each line says why")
        assert states(screen) == {
            "one": SeveralState.DECIDED,
            "two": SeveralState.DECIDED,
            "own": SeveralState.BLOCKED,
        }
    assert sorted(opener.outcomes, key=str) == [("one", "decided"), ("two", "decided")]
    assert opener.node("own")["phase"] == "Running"


async def test_several_take_one_choice_to_the_letter_and_say_what_it_does(
    opener: GateOpener,
) -> None:
    letter = "go\r\nahead \U0001f469\u200d\U0001f680"
    await opener.wait_for(*(offering(name, letter) for name in ("one", "two")))
    opener.change("two", lambda document: document["spec"].update(suspend=True))
    async with opener.gate_console(size=(200, 30)) as console:
        screen = await marked(console, 3, "a")
        console.press("right")
        await console.see(r'( "go\r\nahead ')
        await console.see("lets nothing go on before the workflow is resumed")
        assert screen.form.values == {"approve": letter}
        assert {entry.item.gate.key.name: entry.note for entry in screen.entries.values()}[
            "one"
        ] == ""
        console.press("enter")
        await console.see("APPROVING 3 in 2s")
        await console.clock.advance(2)
        await console.see("✔ 3 decided")
    for name in ("one", "two"):
        assert opener.node(name)["outputs"]["parameters"][0]["value"] == letter


async def test_choices_that_only_look_the_same_are_not_chosen_together(
    opener: GateOpener,
) -> None:
    await opener.wait_for(offering("one", "go\u200d"), offering("two", "go"))
    async with opener.gate_console(size=(150, 30)) as console:
        screen = await marked(console, 2, "a")
        assert not screen.form.fields
        await console.see("open it alone: more to fill in")
        assert reason(console, "decisions.right") == "there is nothing to choose for all of them"
        assert set(states(screen).values()) == {SeveralState.INCOMPLETE}


async def test_several_are_denied_for_one_reason(opener: GateOpener) -> None:
    await opener.wait_for(release("one"), bare("two"))
    async with opener.gate_console(size=(150, 30)) as console:
        screen = await marked(console, 2, "d")
        console.press("enter")
        await console.see("Why deny them?")
        console.press("freeze", "enter")
        await console.see("DENYING 2 in 2s")
        await console.clock.advance(2)
        await until(lambda: set(states(screen).values()) == {SeveralState.DECIDED})
    assert "freeze" in opener.node("one")["message"]
    assert "freeze" in opener.node("two")["message"]


async def test_one_that_changed_does_not_hold_up_the_others(opener: GateOpener) -> None:
    await opener.wait_for(bare("one"), bare("two"))
    async with opener.gate_console(size=(150, 30)) as console:
        screen = await marked(console, 2, "a")

        def change(document: dict[str, object]) -> None:
            document["spec"]["priority"] = 9  # type: ignore[index]

        opener.change("one", change)
        console.press("enter")
        await console.see("APPROVING 2")
        await console.clock.advance(2)
        await until(lambda: not screen.flow.sending and screen.flow.pending is None)
        assert states(screen) == {"one": SeveralState.NOT_DECIDED, "two": SeveralState.DECIDED}
        await console.see("changed since you looked")
    assert opener.outcomes == [("two", "decided")]


async def test_escape_takes_several_back(opener: GateOpener) -> None:
    await opener.wait_for(bare("one"), bare("two"))
    async with opener.gate_console() as console:
        screen = await marked(console, 2, "a")
        console.press("enter")
        await until(lambda: screen.flow.pending is not None)
        console.press("escape")
        await console.see("nothing was sent")
        await console.clock.advance(10)
    assert opener.outcomes == []


async def test_gates_with_other_fields_are_opened_alone(opener: GateOpener) -> None:
    other = release("other")
    other["spec"]["templates"][1]["inputs"]["parameters"][0]["enum"] = ["YES", "NO", "LATER"]
    await opener.wait_for(release("one"), other, bare("plain"))
    async with opener.gate_console(size=(150, 30)) as console:
        screen = await marked(console, 3, "a")
        await console.see("open it alone: more to fill in")
        assert states(screen)["plain"] is SeveralState.READY
        console.press("enter")
        await console.see("APPROVING 1")
        await console.clock.advance(2)
        await until(lambda: states(screen)["plain"] is SeveralState.DECIDED)
    assert opener.outcomes == [("plain", "decided")]


# Signals.


async def test_a_gate_that_opens_is_signalled_and_one_that_was_there_is_not(
    opener: GateOpener, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    script = (
        "import os, sys; names = ('GATE', 'WORKFLOW', 'NAMESPACE');"
        "open(sys.argv[1], 'a').write(' '.join(os.environ['ARGOTUI_' + n] for n in names) + '\\n')"
    )
    opener.set(bell=True, notify=True, command=[sys.executable, "-c", script, str(told)])
    await opener.wait_for(release("before"))
    async with opener.gate_console() as console:
        rung: list[bool] = []
        sent: list[str] = []
        # What a bell does is the terminal's, and a headless driver writes nowhere.
        console.app.bell = lambda: rung.append(True)  # type: ignore[method-assign]  # see above
        driver = console.app._driver
        assert driver
        driver.write = sent.append  # type: ignore[assignment,method-assign]  # see above
        gate_service = console.app.gates.gate_service
        await until(lambda: gate_service._known is not None and len(gate_service.gates) == 1)
        await opener.wait_for(release("after"))
        await until(lambda: told.exists() and told.read_text())
        assert told.read_text() == "gate after argo\n"
        assert rung == [True]
        assert [text for text in sent if "]9;" in text] == [
            "\x1b]9;argotui: a gate waits: gate of after\x07"
        ]


async def test_a_command_that_fails_is_told(opener: GateOpener) -> None:
    opener.set(command=["/nowhere/to/be/found"])
    async with opener.gate_console() as console:
        gate_service = console.app.gates.gate_service
        await until(lambda: gate_service._known is not None, what="what was there first")
        await opener.wait_for(release())
        await until(
            lambda: any("No such file" in str(each.message) for each in console.app._notifications)
        )


async def test_a_notification_holds_nothing_a_terminal_acts_on(opener: GateOpener) -> None:
    opener.user = "admin"
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        console.app.gates.gate_service.watch()
        gate_service = console.app.gates.gate_service
        await until(lambda: len(gate_service.gates) == 1)
        item = next(iter(gate_service.gates.values()))
        gate = msgspec.structs.replace(item.gate, name=f"{HOSTILE}\n\x9c" + "x" * 500)
        text = notification([msgspec.structs.replace(item, gate=gate)])
        assert text.isprintable()
        assert len(text) <= 200


async def test_several_are_decided_once_each_question_was_on_the_screen(
    opener: GateOpener,
) -> None:
    names = [f"request-{number:02}" for number in range(10)]
    long = " ".join(f"word {number}" for number in range(60))
    texts = {name: f"Grant reader to {name}? {long}" for name in names[:3]}
    await opener.wait_for(
        *(
            release(
                name,
                description=texts.get(name, f"Grant reader to {name}?"),
                inputs=({"name": "role", "value": f"reader of {name}"},),
                confidence="0.95",
            )
            for name in names
        )
    )
    async with opener.gate_console(size=(80, 24)) as console:
        screen = await marked(console, 10, "a")
        await console.see("word 59")
        await console.see("more lines")
        console.press("right")
        await console.see("10 ready")
        assert "questions you have not seen" in (reason(console, "decisions.start") or "")
        console.press("enter")
        await console.see("questions you have not seen")
        assert screen.flow.pending is None
        for _ in range(40):
            if reason(console, "decisions.start") is None:
                break
            state = (len(screen._unseen), screen.glance.view.left, row_of_cursor(screen.table))
            console.press("space")
            await until(
                lambda was=state: (  # type: ignore[misc]  # bound now
                    reason(console, "decisions.start") is None
                    or was
                    != (len(screen._unseen), screen.glance.view.left, row_of_cursor(screen.table))
                )
            )
            await console.at_rest()
        assert reason(console, "decisions.start") is None
        await console.clock.advance(1)
        console.press("enter")
        await console.see("gate of request-00, gate of request-01")
        console.press("escape")
        await console.see("nothing was sent")
    assert opener.outcomes == []


async def test_one_workflow_is_read_once_for_all_its_gates(
    opener: GateOpener, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = tuple(f"check-{number}" for number in range(20))
    await opener.wait_for(release("one", gates=gates))
    async with opener.gate_console(size=(120, 40)) as console:
        await console.open_inbox(20)
        port = console.app.gates.gate_service.decision_context.gates
        asked: list[str] = []
        for name in ("read_gate", "whoami", "can"):
            inner = getattr(port, name)

            async def counting(
                *args: Any, name: str = name, inner: Any = inner, **named: Any
            ) -> Any:
                asked.append(name)
                return await inner(*args, **named)

            monkeypatch.setattr(port, name, counting)
        console.press(*["space"] * 20, "d")
        await console.be_on(DecisionsScreen)
        screen = console.decisions
        await until(lambda: all(e.state is SeveralState.READY for e in screen.entries.values()))
        assert asked.count("read_gate") == 1
        assert asked.count("whoami") == 1
        assert asked.count("can") <= 1 + len(gates)


# What the rows share, and what tells them apart.


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (120, 36)])
async def test_the_namespace_stands_there_as_soon_as_two_differ(
    opener: GateOpener, size: tuple[int, int]
) -> None:
    opener.user = "admin"
    opener.set(policy="")
    await opener.wait_for(
        bare("timer-of-the-quarterly-report", duration="4m"),
        release("certain-7xk2p", duration="2h"),
        release("elsewhere", namespace="data"),
    )
    async with opener.gate_console(size=size) as console:
        inbox = await console.open_inbox(3)
        rows = {
            name: next(line for line in console.lines if name in line and not line.startswith("─"))
            for name in ("timer", "cert", "else")
        }
        assert " data " in rows["else"]
        assert " argo " in rows["cert"]
        assert " argo " in rows["timer"]
        shown = {column for column, _ in inbox.table.columns_shown}
        assert {"expires", "gate", "namespace", "workflow"} <= shown
        await console.see("no policy is configured")
        assert console.text.count("no policy is configured") == 1
        console.press("/", "ns:data", "enter")
        await until(lambda: console.gates == ["elsewhere"])
        assert "namespace" not in {column for column, _ in inbox.table.columns_shown}


async def test_a_viewer_is_told_so_where_there_is_no_policy_too(opener: GateOpener) -> None:
    opener.user = "viewer"
    opener.set(policy="")
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open_inbox(1)
        await console.see("○ not yours: you may not patch wor")


async def test_gates_of_one_loop_are_in_the_order_of_their_numbers(opener: GateOpener) -> None:
    numbers = (129, 62, 7, 71)
    await opener.wait_for(
        release("loop", gates=tuple(f"check-{number}" for number in numbers)),
        *(release(f"access-request-{number}") for number in (10, 2, 1)),
    )
    async with opener.gate_console(size=(120, 36)) as console:
        inbox = await console.open_inbox(7)
        names = [inbox.gate_service.gates[gate].gate.name for gate in inbox.table.rows]
        assert console.gates[:3] == [f"access-request-{number}" for number in (1, 2, 10)]
        assert names[3:] == [f"check-{number}" for number in (7, 62, 71, 129)]


async def test_what_the_gate_under_the_cursor_asks_stands_below(opener: GateOpener) -> None:
    await opener.wait_for(
        release("one", description="Grant reader to user 1?"),
        release("two", description="Grant writer to user 2?"),
    )
    async with opener.gate_console(size=(80, 24)) as console:
        await console.open_inbox(2)
        await console.see('"Grant reader to user 1?"')
        await console.see("three prices changed")
        console.press("down")
        await console.see('"Grant writer to user 2?"')
        await console.see_no("user 1")


async def test_marks_act_also_where_a_filter_hides_some(opener: GateOpener) -> None:
    await opener.wait_for(release("one"), release("two"), release("three"))
    async with opener.gate_console(size=(120, 36)) as console:
        inbox = await console.open_inbox(3)
        console.press("space", "space")
        await console.see("2 marked   3 gates")
        console.press("/", "one", "enter")
        await console.see("2 marked, 1 of them hidden")
        copied: list[str] = []
        console.app.copy_to_clipboard = copied.append  # type: ignore[assignment,method-assign]  # the terminal's
        console.press("c")
        await console.see("copied 2 names")
        marked = [str(inbox.gate_service.gates[gate].gate) for gate in inbox.table.marks]
        assert sorted(copied[0].split("\n")) == sorted(marked)
        console.press("l")
        await console.be_on(LogsScreen)
        logs = console.app.screen
        assert isinstance(logs, LogsScreen)
        assert set(logs.reader.keys) == {gate.key for gate in inbox.table.marks}
        console.press("escape")
        await console.be_on(GatesScreen)
        console.press("d")
        await console.be_on(DecisionsScreen)
        assert {gate.key.name for gate in console.decisions.entries} == {
            gate.key.name for gate in inbox.table.marks
        }
