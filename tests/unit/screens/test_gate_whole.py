"""Nothing of what is asked at a gate is cut in silence, and it is decided only once it was seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import Paste

from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.screens.gates.gate import GateScreen
from tests.support import ManualClock, until
from tests.unit.screens.console import reason
from tests.unit.screens.gate_rig import Document, GateConsole, GateOpener, bare, gate_id, release

SIZES = [(80, 24), (60, 15), (160, 45)]
WARNING = "Do NOT choose full before the legal review is back."
QUESTION = "\n".join(
    [*(f"Reason {n}: look at the metrics of the evaluation first." for n in range(11)), WARNING]
)


@pytest.fixture
def opener(embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path) -> GateOpener:
    return GateOpener(embedded, clock, tmp_path)


def long_gate(outputs: int, *, inputs: int = 30, description: str = QUESTION) -> Document:
    """Return a workflow whose gate asks much and takes so many outputs."""
    document = release(
        description=description,
        inputs=tuple({"name": f"in-{n}", "value": f"value {n}"} for n in range(inputs)),
    )
    template = document["spec"]["templates"][1]
    for number in range(1, outputs):
        name = f"out-{number}"
        template["inputs"]["parameters"].append(
            {"name": name, "default": "YES", "enum": ["YES", "NO"]}
        )
        template["outputs"]["parameters"].append({"name": name, "valueFrom": {"supplied": {}}})
    return document


async def read_on(console: GateConsole, screen: GateScreen) -> str:
    """Press enter until all that is asked was shown; return everything that stood there."""
    shown = await console.at_rest()
    while left := screen.facts.left:
        console.press("enter")
        await until(lambda left=left: screen.facts.left < left)  # type: ignore[misc]  # bound now
        shown += await console.at_rest()
    return "\n".join(shown)


@pytest.mark.parametrize("outputs", [7, 20])
@pytest.mark.parametrize("size", SIZES)
async def test_no_decision_before_all_that_is_asked_was_on_the_screen(
    opener: GateOpener, size: tuple[int, int], outputs: int
) -> None:
    await opener.wait_for(long_gate(outputs))
    async with opener.gate_console(size=size) as console:
        screen = await console.open()
        if size[1] < 40:
            await console.see("enter shows")
            assert "lines you have not seen" in (reason(console, "gate.approve") or "")
            assert "lines you have not seen" in (reason(console, "gate.deny") or "")
            console.press("1", "a")
            await console.see("lines you have not seen")
            assert screen.flow.pending is None
        shown = await read_on(console, screen)
        for wanted in (WARNING, "Reason 0:", "in-29", "value 29"):
            assert wanted in shown
        assert screen.facts.left == 0
        assert reason(console, "gate.deny") is None
        seen = set()
        for _ in range(outputs):
            shown = "\n".join(await console.at_rest())
            seen |= {word for word in shown.split() if word.startswith("out-")}
            if screen.form_view.left:
                await console.see(f"of {outputs} · tab")
                assert "not seen" in (reason(console, "gate.approve") or "")
                assert reason(console, "gate.deny") is None
            before = screen.form.current
            console.press("tab")
            await until(lambda at=before: screen.form.current != at)  # type: ignore[misc]  # bound now
        await console.at_rest()
        assert len(seen) == outputs - 1
        assert reason(console, "gate.approve") is None
    assert opener.outcomes == []


async def test_a_refusal_goes_with_the_key_that_does_away_with_its_reason(
    opener: GateOpener,
) -> None:
    await opener.wait_for(long_gate(7, inputs=0, description="Ship it?"))
    async with opener.gate_console(size=(80, 24)) as console:
        screen = await console.open()
        await until(lambda: not screen.facts.left and screen.form_view.left)
        console.press("1", "a")
        await console.see("approve: tab shows")
        console.press(*["tab"] * 6)
        await until(lambda: screen.form.current == 6 and not screen.form_view.left)
        await until(lambda: "not seen" not in console.text)
        assert reason(console, "gate.approve") is None


async def test_a_question_that_was_changed_has_to_be_seen_anew(opener: GateOpener) -> None:
    await opener.wait_for(release(inputs=({"name": "because", "value": "prices"},)))
    async with opener.gate_console() as console:
        screen = await console.open()
        assert reason(console, "gate.deny") is None
        screen.facts.move_to(len(screen.facts.rows) - 1)

        def edit(document: Document) -> None:
            node = document["status"]["nodes"][gate_id("release")]
            for parameter in node["inputs"]["parameters"]:
                if parameter["name"] == "because":
                    parameter["value"] = "\n".join(f"line {number}" for number in range(60))

        opener.change("release", edit)
        await until(lambda: screen.facts.left, what="something new to see")
        assert "not seen" in (reason(console, "gate.approve") or "")


async def test_a_long_input_says_how_much_of_it_is_left_out(opener: GateOpener) -> None:
    value = "\n".join(f"step {number}" for number in range(90))
    await opener.wait_for(release(inputs=({"name": "plan", "value": value},)))
    async with opener.gate_console(size=(80, 24)) as console:
        screen = await console.open()
        shown = await read_on(console, screen)
        for wanted in ("step 0", "step 11", "more characters · enter: all of it", "step 89"):
            assert wanted in shown
        assert "step 40" not in shown
        mark = next(i for i, row in enumerate(screen.facts.rows) if row.cut)
        screen.facts.move_to(mark)
        console.press("enter")
        await console.see("step 20")


async def test_the_countdown_names_every_value_or_how_much_it_leaves_out(
    opener: GateOpener,
) -> None:
    await opener.wait_for(long_gate(20, inputs=0, description="Ship?"))
    async with opener.gate_console(size=(80, 24)) as console:
        screen = await console.open()
        await read_on(console, screen)
        for number in range(1, 20):
            console.press("tab")
            await until(lambda at=number: screen.form.current == at)  # type: ignore[misc]  # bound now
            await console.see(f"▸ out-{number}")
        await until(lambda: not screen.form_view.left)
        console.press("tab", "1", "a")
        await until(lambda: screen.flow.pending is not None)
        await console.see("in 2s")
        text = " ".join(console.text.split())
        for number in range(1, 20):
            assert f"out-{number}=YES" in text
        console.press("escape")


async def test_a_bare_gate_is_decided_at_once(opener: GateOpener) -> None:
    await opener.wait_for(bare("release"))
    async with opener.gate_console(size=(60, 15)) as console:
        console.app.gates.open(Key("argo", "release"), gate_id("release"))
        await console.be_on(GateScreen)
        screen = console.gate
        await console.gate_read()
        assert screen.facts.left == 0


# A reason that was typed.


async def test_a_typed_reason_survives_whatever_ends_the_question(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("d")
        await until(lambda: screen.decision_lines.ask_line.asking)
        console.press("prices are wrong", "escape")
        await console.see("nothing was sent")
        console.press("d")
        await console.see("prices are wrong")
        console.press(" again", "enter")
        await console.see("DENYING")
        console.press("escape")
        await console.see("nothing was sent")
        console.press("escape")
        await until(lambda: console.screen is console.workflows)
        screen = await console.open()
        console.press("1", "a")
        await until(
            lambda: screen.flow.pending is not None or screen.decision_lines.ask_line.asking
        )
        assert "prices are wrong" not in console.text
        console.press("escape")
        await console.see("nothing was sent")
        await console.clock.advance(1)
        console.press("d")
        await console.see("prices are wrong again")
        console.press("enter")
        await console.see("DENYING")
        await console.clock.advance(3)
        await console.see("decided: denied")
        assert len(console.app.gates.drafts) == 0
    assert opener.outcomes == [("release", "decided")]


@pytest.mark.parametrize("width", [80, 60])
async def test_the_question_of_a_reason_stands_above_its_line(
    opener: GateOpener, width: int
) -> None:
    opener.set(policy="")
    await opener.wait_for(release(name="promote-model-of-the-quarter", gates=("choose-stage",)))
    async with opener.gate_console(size=(width, 24)) as console:
        screen = await console.open("promote-model-of-the-quarter", "choose-stage")
        console.press("1", "a")
        await until(lambda: screen.decision_lines.ask_line.asking)
        reason = "x" * (width - 5)
        console.press(reason)
        await console.see(reason)
        above = " ".join(" ".join(console.lines[:-2]).split())
        assert (
            "Why approve choose-stage of promote-model-of-the-quarter? (no policy is configured)"
            in above
        )
        assert console.lines[-1].strip() == "enter send   esc cancel"


async def test_pasted_lines_become_one(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("d")
        await until(lambda: screen.decision_lines.ask_line.asking)
        console.app.post_message(Paste("prices are\nwrong,\r\n\n  see the sheet\n"))
        await console.see("prices are wrong, see the sheet")


async def test_down_keeps_what_is_typed_as_a_command(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await until(lambda: console.names == ["release"])
        console.press(":ns argo", "enter")
        await console.see_no(":ns argo")
        console.press(":gat")
        await console.see(":gat")
        console.press("down")
        console.press("es")
        await console.see(":gates")
        console.press("up")
        await console.see(":ns argo")
        console.press("down")
        await console.see(":gates")


# A gate that is closed, and one that cannot be decided here.


async def test_a_closed_gate_shows_who_decided_what_with_which_values(
    opener: GateOpener,
) -> None:
    opener.set(policy="")
    await opener.wait_for(release(inputs=({"name": "because", "value": "prices"},)))
    async with opener.gate_console() as console:
        await console.open()
        await console.see("approving without one needs a reason")
        console.press("1", "a")
        await console.see("Why approve")
        console.press("seen by two", "enter")
        await console.see("APPROVING")
        await console.clock.advance(3)
        await console.see("closed     approved by approver@example.com · <10s ago")
        await console.see("reason     seen by two")
        await console.see("values     approve  YES")
        await console.see_no("approving without one needs a reason")
        assert "approved" in console.lines[2]


async def test_a_denied_gate_says_by_whom_and_why(opener: GateOpener) -> None:
    await opener.wait_for(release())
    async with opener.gate_console(size=(80, 24)) as console:
        screen = await console.open()
        console.press("d")
        await until(lambda: screen.decision_lines.ask_line.asking)
        console.press("change freeze", "enter")
        await console.see("DENYING")
        await console.clock.advance(3)
        await console.see("closed     denied by approver@example.com")
        await console.see("reason     change freeze")
        assert "denied" in "".join(console.lines[2:4])
        assert "values" not in [fact.label for fact in screen.facts.facts]


async def test_a_read_only_console_says_so_where_rights_are_told(opener: GateOpener) -> None:
    opener.read_only = True
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        await console.open()
        await console.see("approve  no: read-only")
        await console.see("deny     no: read-only")
