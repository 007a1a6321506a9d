"""What a gate's screen fills in, to the letter, and what it says of the workflow around it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from argotui.demo.cluster import EmbeddedCluster
from tests.support import ManualClock, until
from tests.unit.screens.gate_rig import GateOpener, release


@pytest.fixture
def opener(embedded: EmbeddedCluster, clock: ManualClock, tmp_path: Path) -> GateOpener:
    return GateOpener(embedded, clock, tmp_path)


SECOND = "first\r\nsecond \u200d"


def asking(name: str, value: str | None, **more: Any) -> dict[str, Any]:
    """Return a gate with one field, whose input was given a value."""
    document = release()
    template = document["spec"]["templates"][1]
    given = {} if value is None else {"value": value}
    template["inputs"]["parameters"] = [{"name": name, **given, **more}]
    template["outputs"]["parameters"] = [{"name": name, "valueFrom": {"supplied": {}}}]
    return document


def written(opener: GateOpener) -> str:
    (parameter,) = opener.node("release")["outputs"]["parameters"]
    value: str = parameter["value"]
    return value


async def test_what_was_asked_for_is_filled_in_and_shown(opener: GateOpener) -> None:
    await opener.wait_for(asking("region", "us", default="eu", enum=["eu", "us"]))
    async with opener.gate_console() as console:
        await console.open()
        await console.see("( us )")
        assert "asked for us · default eu" in console.text
        assert "inputs" in console.text
        await console.send("a")
        await console.see("decided: approved")
    assert written(opener) == "us"


async def test_computed_choices_are_chosen_by_hand(opener: GateOpener) -> None:
    await opener.wait_for(asking("image", '{"enum":["v1","v2"]}'))
    async with opener.gate_console() as console:
        await console.open()
        console.press("a")
        await console.see("choose image first: v1 or v2")
        console.press("2")
        await console.see("( v2 )")
        await console.send("a")
        await console.see("decided: approved")
    assert written(opener) == "v2"


async def test_a_text_of_several_lines_is_spelled_and_sent_to_the_letter(
    opener: GateOpener,
) -> None:
    await opener.wait_for(asking("note", SECOND))
    async with opener.gate_console() as console:
        screen = await console.open()
        await console.see(r'"first\r\nsecond \u200d"')
        console.press("e")
        await until(lambda: screen.decision_lines.ask_line.asking)
        console.press("enter")
        await until(lambda: not screen.decision_lines.ask_line.asking)
        await console.send("a")
        await console.see("decided: approved")
    assert written(opener) == SECOND


async def test_a_suspension_around_a_gate_is_said_and_takes_a_decision_back(
    opener: GateOpener,
) -> None:
    await opener.wait_for(release())
    async with opener.gate_console() as console:
        screen = await console.open()
        console.press("1")
        await console.see("( YES )")
        console.press("a")
        await until(lambda: screen.flow.pending is not None)
        opener.change("release", lambda document: document["spec"].update(suspend=True))
        await console.see("nothing was sent: it changed: what it does")
        await console.see("approving lets nothing go on before the workflow is resumed")
        assert screen.flow.pending is None
    assert opener.node("release")["phase"] == "Running"
