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
    async with opener.room() as room:
        await room.open()
        await room.see("( us )")
        assert "asked for us · default eu" in room.text
        assert "inputs" in room.text
        await room.send("a")
        await room.see("decided: approved")
    assert written(opener) == "us"


async def test_computed_choices_are_chosen_by_hand(opener: GateOpener) -> None:
    await opener.wait_for(asking("image", '{"enum":["v1","v2"]}'))
    async with opener.room() as room:
        await room.open()
        room.press("a")
        await room.see("choose image first: v1 or v2")
        room.press("2")
        await room.see("( v2 )")
        await room.send("a")
        await room.see("decided: approved")
    assert written(opener) == "v2"


async def test_a_text_of_several_lines_is_spelled_and_sent_to_the_letter(
    opener: GateOpener,
) -> None:
    await opener.wait_for(asking("note", SECOND))
    async with opener.room() as room:
        screen = await room.open()
        await room.see(r'"first\r\nsecond \u200d"')
        room.press("e")
        await until(lambda: screen.decision_lines.ask_line.asking)
        room.press("enter")
        await until(lambda: not screen.decision_lines.ask_line.asking)
        await room.send("a")
        await room.see("decided: approved")
    assert written(opener) == SECOND


async def test_a_suspension_around_a_gate_is_said_and_takes_a_decision_back(
    opener: GateOpener,
) -> None:
    await opener.wait_for(release())
    async with opener.room() as room:
        screen = await room.open()
        room.press("1")
        await room.see("( YES )")
        room.press("a")
        await until(lambda: screen.flow.pending is not None)
        opener.change("release", lambda document: document["spec"].update(suspend=True))
        await room.see("nothing was sent: it changed: what it does")
        await room.see("approving lets nothing go on before the workflow is resumed")
        assert screen.flow.pending is None
    assert opener.node("release")["phase"] == "Running"
