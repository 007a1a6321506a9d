"""The screen of a gate: what it shows, and that it decides once and what was seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from argotui.backend.freshness import Link
from argotui.demo.api.kinds import WORKFLOWS
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.model.gates.decision import Outcome
from argotui.model.redact import MASK
from argotui.screens.dialogs.error import ErrorScreen
from argotui.screens.gates.gate import GateScreen
from argotui.screens.gates.texts import NEXT
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from tests.support import ManualClock, until
from tests.unit.screens.console import reason
from tests.unit.screens.gate_rig import (
    Document,
    GateConsole,
    GateOpener,
    bare,
    gate_id,
    release,
    suspended,
)

HOSTILE = "\x1b]52;c;eA==\x07[@click=app.quit]x[/] [/x]\u202egnp"


@pytest.fixture
def opener(embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path) -> GateOpener:
    return GateOpener(embedded, clock, tmp_path)


Edit = Callable[[Document], None]


def set_input(name: str, value: str, gate: str = "gate") -> Edit:
    """Return an edit that gives an input of a gate another value."""

    def edit(document: Document) -> None:
        node = document["status"]["nodes"][gate_id(document["metadata"]["name"], gate)]
        for parameter in node["inputs"]["parameters"]:
            if parameter["name"] == name:
                parameter["value"] = value

    return edit


def decided_by(actor: str) -> Edit:
    """Return an edit by which somebody else approves the gate."""

    def edit(document: Document) -> None:
        node = document["status"]["nodes"][gate_id(document["metadata"]["name"])]
        node["phase"] = "Succeeded"
        node["message"] = (
            f'{actor}: approved: it is fine {{"argotui":1,"request":"00","decision":"11"}}'
        )

    return edit


# What is shown.


async def test_it_shows_all_that_a_decision_rests_on(opener: GateOpener) -> None:
    await opener.wait_for(release(confidence="0.95", duration="30m"))
    async with opener.gate_console() as console:
        screen = await console.open()
        await console.see('"Release it?"')
        for words in (
            "asked by   developer@example.com",
            "takes defaults approve=NO",
            "summary     three prices changed",
            "● allow",
            "0.95, the threshold is 0.9",
            "gates @",
            "approver@example.com (approvers, platform)",
            "you are not the requester",
            "release / gate",
            f"request {screen.gate_watch.review.request.short}" if screen.gate_watch.review else "",
        ):
            await console.see(words)
        assert reason(console, "gate.approve") is None


async def test_a_timer_that_approves_is_said_and_counted_as_a_finding(opener: GateOpener) -> None:
    await opener.wait_for(bare("release", duration="20m"))
    async with opener.gate_console() as console:
        await console.open()
        await console.see("APPROVES !")
        await console.see("! 1 lint finding")
        await console.see("after 20m it APPROVES by itself")


async def test_what_is_memoized_by_default_is_a_finding_too(opener: GateOpener) -> None:
    document = bare("release", duration="20m")
    cache = {"configMap": {"name": "answers"}}
    document["spec"]["templateDefaults"] = {"memoize": {"key": "once", "cache": cache}}
    await opener.wait_for(document)
    async with opener.gate_console() as console:
        await console.open()
        await console.see("! 2 lint findings")


async def test_every_reason_and_warning_of_the_policy_is_there(opener: GateOpener) -> None:
    document = release(confidence="0.5", creator="")
    document["metadata"]["labels"] = {"argotui.io/quarantine": "true"}
    await opener.wait_for(document)
    async with opener.gate_console(size=(140, 50)) as console:
        await console.open()
        await console.see("confidence 0.5 is below 0.9")
        await console.see("the workflow is in quarantine")
        await console.see("who asked is not recorded")
        await console.see("hard: nobody can approve it here")
        assert "quarantine" in (reason(console, "gate.approve") or "")
        assert reason(console, "gate.deny") is None


@pytest.mark.parametrize(
    ("policy", "words"),
    [("", "no policy is configured"), ("http://127.0.0.1:9", "policy unreachable")],
)
async def test_no_verdict_says_why_and_takes_a_reason(
    opener: GateOpener, policy: str, words: str
) -> None:
    opener.set(policy=policy)
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        await console.open()
        await console.see(f"no verdict: {words}")
        console.press("a")
        await console.see("Why approve gate of release?")


async def test_a_broken_policy_is_not_an_unreachable_one(
    opener: GateOpener, tmp_path: Path
) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack" / "bad.rego").write_text("package argotui.gate\ndecision := 1\n")
    opener.set(policy=f"dir:{tmp_path / 'pack'}", without_verdict="hard")
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        await console.open()
        await console.see("no verdict: policy broken")
        assert "policy broken" in (reason(console, "gate.approve") or "")


async def test_what_cannot_be_read_is_said_in_place_of_the_gate(opener: GateOpener) -> None:
    opener.set(policy="dir:nowhere")
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        console.app.gates.open(Key("argo", "release"), gate_id("release"))
        await console.see("There are no policies in nowhere")
        assert reason(console, "gate.approve") == "the gate was not read yet"


async def test_evidence_leads_to_its_node_and_to_its_log(
    embedded: EmbeddedCluster, opener: GateOpener
) -> None:
    document = release()
    spec = document["spec"]
    spec["templates"][0]["dag"]["tasks"] = [
        {"name": "build", "template": "build"},
        {"name": "gate", "template": "gate", "depends": "build"},
        {"name": "ship", "template": "build", "depends": "gate", "when": "{{x}} == YES"},
    ]
    spec["templates"].append(
        {
            "name": "build",
            "metadata": {"annotations": {"demo.argotui.dev/run-for": "1s"}},
            "container": {"image": "busybox:lab", "command": ["true"]},
        }
    )
    opener.put(document)
    await opener.settle(120)
    async with opener.gate_console() as console:
        screen = await console.open()
        await console.see("evidence   build")
        await console.see("ship  when {{x}} == YES")
        index = next(i for i, row in enumerate(screen.facts.rows) if row.fact.label == "evidence")
        screen.facts.move_to(index)
        console.press("enter")
        await console.be_on(WorkflowScreen)
        opened = console.screen
        assert isinstance(opened, WorkflowScreen)
        assert opened.body.selected == gate_id("release", "build")


async def test_earlier_decisions_of_the_template_are_counted_by_person(
    opener: GateOpener,
) -> None:
    label = {"workflows.argoproj.io/workflow-template": "report"}
    documents = [release(f"old-{number}") for number in range(7)]
    for document in (*documents, now := release()):
        document["metadata"]["labels"] = label
    await opener.wait_for(*documents, now)
    for number in range(7):
        opener.change(f"old-{number}", decided_by("sre" if number % 3 else "approver"))
    async with opener.gate_console() as console:
        await console.open()
        await console.see("last 5 of this template: ✔ 5 approved (")
        assert re.search(r"sre \d, approver \d|approver \d, sre \d", console.text)


async def test_secrets_are_covered_until_they_are_revealed(opener: GateOpener) -> None:
    await opener.wait_for(release(inputs=({"name": "db-password", "value": "hunter2"},)))
    async with opener.gate_console() as console:
        await console.open()
        await console.see(MASK)
        assert "hunter2" not in console.text
        console.press("x")
        await console.see("hunter2")
        console.press("x")
        await console.see_no("hunter2")


async def test_hostile_texts_do_nothing(opener: GateOpener) -> None:
    document = release(
        description=HOSTILE, inputs=({"name": "because", "value": HOSTILE},), creator=HOSTILE
    )
    document["spec"]["templates"][1]["inputs"]["parameters"][0]["enum"] = [HOSTILE, "NO"]
    await opener.wait_for(document)
    async with opener.gate_console() as console:
        screen = await console.open()
        await console.see("[@click=app.quit]x[/] [/x]")
        assert not set(console.text) & {"\x1b", "\x07", "\u202e"}
        for line in range(3, 12):
            await console.pilot.click(offset=(20, line))
        console.press("1", "d")
        await until(lambda: screen.decision_lines.ask_line.asking)
        assert not set(console.text) & {"\x1b", "\x07", "\u202e"}
        assert console.app.is_running


# From the key to the decision.


async def test_a_choice_whose_default_says_no_is_made_by_hand(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("a")
        await console.see("choose approve first: YES or NO")
        assert screen.flow.pending is None
        console.press("right")
        await console.see("( YES )")
        console.press("left")
        await console.see("( NO )")
        console.press("1")
        await console.see("( YES )")
        await console.send("a")
        await console.see("decided: approved")
    assert opener.outcomes == [("release", "decided")]
    assert opener.node("release")["outputs"]["parameters"][0]["value"] == "YES"


async def test_a_text_is_typed_on_a_line_of_its_own(opener: GateOpener) -> None:
    document = release()
    template = document["spec"]["templates"][1]
    template["inputs"]["parameters"][0].pop("enum")
    await opener.wait_for(document)
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("a")
        await console.see("fill in approve first")
        console.press("e")
        await until(lambda: screen.decision_lines.ask_line.asking)
        console.press("as agreed", "enter")
        await until(lambda: screen.form.values == {"approve": "as agreed"})
        await console.send("a")
    assert opener.node("release")["outputs"]["parameters"][0]["value"] == "as agreed"


@pytest.mark.parametrize(("waited", "counts"), [(0.49, False), (0.5, True)])
async def test_a_key_decides_only_a_while_after_the_screen_came(
    opener: GateOpener, waited: float, counts: bool
) -> None:
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        screen = await console.open()
        screen.flow.touched()
        await console.clock.advance(waited)
        console.press("a")
        if counts:
            await until(lambda: screen.flow.pending is not None)
        else:
            await console.see("too soon")
            assert screen.flow.pending is None


async def test_the_countdown_names_what_is_sent_and_moves_nothing(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("1")
        await console.see("( YES )")
        await until(lambda: screen.gate_watch.enforcement is not None, what="how the gate is kept")
        await until(
            lambda: screen.gate_watch.precedents is not None or screen.gate_watch.precedents_problem
        )
        before = await console.at_rest()
        console.press("a")
        await console.see("APPROVING gate of release with approve=YES in 2s")
        await console.see("enter send   esc cancel")
        differ = [
            i
            for i, pair in enumerate(zip(before, console.lines, strict=True))
            if len(set(pair)) > 1
        ]
        assert differ[0] >= len(before) - 2
        await console.clock.advance(1)
        await console.see("in 1s")
        assert opener.outcomes == []
        await console.clock.advance(1)
        await console.see("✔ decided")
    assert opener.outcomes == [("release", "decided")]


async def test_escape_takes_it_back(opener: GateOpener) -> None:
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("a")
        await console.see("APPROVING")
        console.press("escape")
        await console.see("nothing was sent")
        await console.clock.advance(10)
        assert console.screen is screen
        assert screen.flow.pending is None
    assert opener.outcomes == []
    assert opener.node("release")["phase"] == "Running"


async def test_enter_sends_at_once_but_not_as_part_of_the_same_burst(opener: GateOpener) -> None:
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("a", "enter")
        await until(lambda: screen.flow.pending is not None)
        await console.pilot.pause()
        assert screen.flow.sending is None
        await console.clock.advance(0.5)
        console.press("enter")
        await console.is_done()
        await console.see("✔ decided")
        await console.clock.advance(5)
        assert "APPROVING" not in console.text
    assert opener.outcomes == [("release", "decided")]


async def test_pressing_twice_decides_once(opener: GateOpener) -> None:
    opener.set(countdown=0)
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("a", "a", "d", "a")
        await until(lambda: screen.flow.result is not None)
        await console.is_done()
    assert opener.outcomes == [("release", "decided")]


async def test_other_keys_wait_while_it_counts_down(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("1", "a", "2", "d", "w")
        await until(lambda: screen.flow.pending is not None)
        await console.pilot.pause()
        assert console.screen is screen
        assert screen.form.values == {"approve": "YES"}
        assert reason(console, "gate.deny") == "a decision is about to be sent; esc cancels it"


async def test_a_denial_asks_why(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("d")
        await console.see("Why deny gate of release?")
        console.press("enter")
        await console.see("A reason is needed.")
        console.press("prices are wrong", "enter")
        await console.see("DENYING gate of release")
        await console.clock.advance(3)
        await until(lambda: screen.flow.result is not None)
        await console.see("decided: denied")
    assert opener.node("release")["phase"] == "Failed"
    assert "prices are wrong" in opener.node("release")["message"]


async def test_a_reason_that_is_given_up_sends_nothing(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("d")
        await console.see("Why deny")
        console.press("because", "escape")
        await console.see("nothing was sent")
        assert screen.flow.pending is None
        assert console.screen is screen


async def test_overriding_the_policy_asks_why(opener: GateOpener) -> None:
    opener.user = "admin"
    await opener.wait_for(release(confidence="0.5"))
    async with opener.gate_console() as console:
        await console.open()
        await console.see("may, overriding the policy")
        console.press("1", "a")
        await console.see("Why approve gate of release?")
        console.press("checked by hand", "enter")
        await console.see("APPROVING")
        await console.clock.advance(3)
        await console.see("decided: approved")
    entry = next(iter(opener.audit.entries()))
    assert entry["reason"] == "checked by hand"


async def test_a_suspended_workflow_is_resumed_and_not_denied(opener: GateOpener) -> None:
    await opener.wait_for(suspended("release"))
    async with opener.gate_console() as console:
        await console.open(gate="")
        await console.see("suspended as a whole")
        assert "not denied" in (reason(console, "gate.deny") or "")
        await console.send("a")
        await console.see("✔ decided")
    assert (
        "suspend" not in opener.embedded.objects.need(WORKFLOWS, "argo", "release").decode()["spec"]
    )


# What holds a decision back.


async def test_the_requester_sees_why_it_is_not_theirs_to_decide(opener: GateOpener) -> None:
    await opener.wait_for(release(creator="approver@example.com"))
    async with opener.gate_console() as console:
        await console.open()
        await console.see("that is you")
        for key, action in (("a", "gate.approve"), ("d", "gate.deny")):
            console.press(key)
            await console.see("you asked for this workflow; somebody else has to decide")
            assert reason(console, action)


async def test_a_viewer_sees_why_they_cannot(opener: GateOpener) -> None:
    opener.user = "viewer"
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        assert "viewer@example.com may not patch" in (reason(console, "gate.approve") or "")


async def test_read_only_mode_decides_nothing(opener: GateOpener) -> None:
    opener.read_only = True
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        assert "read-only" in (reason(console, "gate.approve") or "")
        assert "read-only" in (reason(console, "gate.deny") or "")


async def test_what_the_cluster_would_refuse_is_known_before(opener: GateOpener) -> None:
    opener.embedded.faults.answer(403, times=2, match="fieldManager=argotui&dryRun=All")
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        await console.see("the cluster refuses it")
        assert "not now" in (reason(console, "gate.approve") or "")
        assert "not now" in (reason(console, "gate.deny") or "")


async def lose_connection(console: GateConsole) -> None:
    """Cut the watch of the gate's workflow, and refuse to open it again."""
    embedded = console.opener.embedded
    embedded.faults.answer(503, times=1000, match="metadata.name")
    embedded.server.drop_connections()
    feed = console.gate.gate_watch.feed
    assert feed
    await until(lambda: feed.freshness.link is Link.STALE, what="stale data")


async def test_stale_data_locks_and_a_fresh_read_unlocks(opener: GateOpener) -> None:
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        screen = await console.open()
        await lose_connection(console)
        await console.see("locked")
        assert "stale data (stale" in (reason(console, "gate.approve") or "")
        console.press("a")
        await console.see("it unlocks once the gate is read again")
        assert screen.flow.pending is None
        opener.embedded.faults.clear()
        console.press("ctrl+r")
        await until(lambda: reason(console, "gate.approve") is None)
        await console.see_no("locked")


async def test_a_gate_that_cannot_be_read_again_is_locked_though_its_watch_is_open(
    opener: GateOpener,
) -> None:
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("a")
        await console.see("APPROVING")
        opener.embedded.faults.answer(503, times=1000, match="/workflows/release")
        screen.gate_watch.read()
        await until(lambda: screen.flow.pending is None, what="the decision taken back")
        await console.see("locked")
        assert screen.gate_watch.feed
        assert screen.gate_watch.feed.freshness.trusted
        assert "stale data (not read again: " in (reason(console, "gate.approve") or "")
        opener.embedded.faults.clear()
        await console.pass_time_until(lambda: reason(console, "gate.approve") is None)
        await console.see_no("locked")
    assert opener.outcomes == []


async def test_what_a_key_was_answered_goes_when_a_decision_is_counted_down(
    opener: GateOpener,
) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        console.press("a")
        await console.see("choose approve first")
        await console.clock.advance(1)
        console.press("1", "a")
        await console.see("APPROVING")
        await console.clock.advance(3)
        await console.is_done()
        await console.see("✔ decided: approved")
        await console.see_no("choose approve first")


async def test_losing_the_connection_takes_a_decision_back(opener: GateOpener) -> None:
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("a")
        await console.see("APPROVING")
        await lose_connection(console)
        await until(lambda: screen.flow.pending is None)
        await console.see("nothing was sent: the connection was lost")
        await console.clock.advance(0)
    assert opener.outcomes == []


async def test_leaving_takes_a_decision_back(opener: GateOpener) -> None:
    await opener.wait_for(bare("release"))
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("a")
        await until(lambda: screen.flow.pending is not None)
        console.app.show_help()
        await until(lambda: screen.flow.pending is None)
        await console.clock.advance(10)
    assert opener.outcomes == []


async def test_a_change_is_shown_takes_back_and_makes_keys_wait(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        seen = screen.gate_watch.review
        console.press("1", "a")
        await console.see("APPROVING")
        opener.change("release", set_input("summary", "everything changed"))
        await until(
            lambda: (
                screen.gate_watch.review
                and seen
                and screen.gate_watch.review.request != seen.request
            )
        )
        await console.see("nothing was sent: it changed")
        await console.see("three prices changed → everything changed")
        assert screen.form.values == {"approve": "YES"}
        console.press("a")
        await console.see("too soon")
        await console.clock.advance(1)
        await console.send("a")
    assert opener.outcomes == [("release", "decided")]


async def test_a_changed_secret_is_not_shown(opener: GateOpener) -> None:
    await opener.wait_for(release(inputs=({"name": "api-token", "value": "one"},)))
    async with opener.gate_console() as console:
        screen = await console.open()
        opener.change("release", set_input("api-token", "other"))
        await until(lambda: screen.gate_watch.changes)
        await console.see(f"{MASK} → {MASK}")
        assert "other" not in console.text.replace("another", "")


async def test_somebody_else_deciding_takes_a_decision_back(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("1", "a")
        await console.see("APPROVING")
        opener.change("release", decided_by("sre@example.com"))
        await until(lambda: screen.flow.pending is None)
        await console.see("sre@example.com approved it: it is fine")
        assert "already decided" in (reason(console, "gate.approve") or "")
        await console.clock.advance(5)
    assert opener.outcomes == []


# The other outcomes.


@pytest.fixture
def slow_eyes(opener: GateOpener) -> GateOpener:
    """Watches say nothing, so that a key is pressed on what is not there any more."""
    opener.set(countdown=0)
    opener.embedded.faults.silent = True
    return opener


async def test_outcome_already_decided(slow_eyes: GateOpener) -> None:
    await slow_eyes.wait_for(release())
    async with slow_eyes.gate_console() as console:
        screen = await console.open()
        slow_eyes.change("release", decided_by("sre@example.com"))
        console.press("1", "a")
        await until(lambda: screen.flow.result is not None)
        assert screen.flow.result
        assert screen.flow.result.outcome is Outcome.ALREADY_DECIDED
        await console.see("‖ already decided")
        await console.see("sre@example.com approved it")
        await console.see(NEXT[Outcome.ALREADY_DECIDED])


async def test_outcome_changed_lists_the_differences(slow_eyes: GateOpener) -> None:
    await slow_eyes.wait_for(release())
    async with slow_eyes.gate_console() as console:
        screen = await console.open()
        slow_eyes.change("release", set_input("summary", "all of it"))
        console.press("1", "a")
        await until(lambda: screen.flow.result is not None)
        await console.see("changed since you looked")
        await console.see("three prices changed → all of it")
        await console.see(NEXT[Outcome.CHANGED])
    assert slow_eyes.outcomes == []


async def test_outcome_not_permitted(opener: GateOpener) -> None:
    opener.set(countdown=0)
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        opener.embedded.faults.answer(403, match="fieldManager=argotui")
        console.press("1", "a")
        await until(lambda: screen.flow.result is not None)
        await console.see("✖ not permitted")
        await console.see(NEXT[Outcome.NOT_PERMITTED])
        assert opener.node("release")["phase"] == "Running"


async def test_outcome_unknown_has_to_be_looked_at(opener: GateOpener) -> None:
    opener.set(countdown=0)
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        opener.embedded.faults.drop(1, match="fieldManager=argotui")
        console.press("1", "a")
        await until(lambda: screen.flow.result is not None)
        await console.see("✖ outcome unknown")
        await console.see(NEXT[Outcome.UNKNOWN])
        await console.clock.advance(1)
        console.press("a")
        await console.see("the last outcome is unknown: look again first")
        console.press("ctrl+r")
        await until(lambda: not screen.flow.must_read)
        await until(lambda: reason(console, "gate.approve") is None)


async def test_a_log_that_cannot_be_written_sends_nothing(
    opener: GateOpener, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("")
    opener.set(countdown=0, audit_log=str(tmp_path / "taken" / "audit.jsonl"))
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        console.press("1", "a")
        await console.be_on(ErrorScreen)
        console.press("escape")
        await console.be_on(GateScreen)
        await console.see("nothing was sent")
    assert opener.node("release")["phase"] == "Running"


async def test_a_gate_has_nothing_to_filter(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        assert "/ filter" not in console.text
        console.press("/")
        await console.see("filter: there is nothing to filter here")
        await console.see("a approve   d deny")


# While it is under way.


async def test_a_decision_is_made_to_its_end_where_the_screen_is_left(opener: GateOpener) -> None:
    opener.set(countdown=0)
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        opener.embedded.faults.delay(5, match="fieldManager=argotui")
        console.press("1", "a")
        await until(lambda: screen.flow.sending is not None)
        console.press("escape")
        await console.be_on(WorkflowsScreen)
        assert console.app.gates.gate_service.deciding == 1
        await console.pass_time_until(lambda: console.app.gates.gate_service.deciding == 0)
        await until(
            lambda: any("decided" in str(each.message) for each in console.app._notifications)
        )
    assert opener.outcomes == [("release", "decided")]


async def test_leaving_the_console_waits_for_it(opener: GateOpener) -> None:
    opener.set(countdown=0)
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        opener.embedded.faults.delay(5, match="fieldManager=argotui")
        console.press("1", "a")
        await until(lambda: screen.flow.sending is not None)
        console.press("ctrl+c", "ctrl+c")
        await until(lambda: len(console.app._notifications) > 0)
        assert console.app._exit is False
        await console.pass_time_until(lambda: console.app._exit)
    assert opener.outcomes == [("release", "decided")]
