"""The line that says what is being sent: nothing of it is lost on a narrow terminal."""

from __future__ import annotations

import re

import pytest

from argotui.widgets.gates.decision_strip import LEAST_LINES, DecisionStrip
from tests.driven import settled
from tests.unit.widgets.support import Harness

WHAT = "approve-the-publication-of-the-report of c4-release-of-the-quarterly-report-7xk2p"


async def shown(width: int, text: str) -> list[str]:
    """Return the lines of a strip on a terminal of some width."""
    strip = DecisionStrip()
    async with Harness(strip).run_test(size=(width, 10)) as pilot:
        app = pilot.app
        assert isinstance(app, Harness)
        strip.show("approve", "APPROVING", text)
        await pilot.pause()
        await settled(app)
        return [line for line in app.screen_lines() if line.strip()]


async def test_what_fits_is_one_line() -> None:
    assert await shown(100, "gate of release with approve=YES in\u00a02s") == [
        " APPROVING gate of release with approve=YES in 2s"
    ]


@pytest.mark.parametrize("width", [60, 80, 120])
async def test_names_values_and_countdown_are_all_there(width: int) -> None:
    lines = await shown(width, f"{WHAT} with decision=YES comment=none in\u00a02s")
    assert len(lines) <= LEAST_LINES
    words = " ".join(lines)
    assert words.endswith("in 2s")
    whole = "".join(words.split())
    assert "".join(WHAT.split()) in whole
    assert "decision=YEScomment=none" in whole


async def test_the_countdown_is_not_torn() -> None:
    lines = await shown(56, "deploy of release-2.41 with approve=YES in\u00a02s")
    assert [line.rstrip() for line in lines[1:]] == [" in 2s"]


async def test_the_longest_keeps_its_countdown() -> None:
    lines = await shown(80, f"{WHAT} with note={'x' * 900} in\u00a02s")
    assert len(lines) == 5  # half of a screen of ten lines
    assert lines[-1].rstrip().endswith("in 2s")
    left_out = re.search(r"… (\d+) more characters …", " ".join(" ".join(lines).split()))
    assert left_out
    assert sum(line.count("x") for line in lines) + int(left_out[1]) >= 900


async def test_an_outcome_is_told_to_its_end() -> None:
    said = "somebody@example.com approved it. Nothing of yours was written. Look at the workflow."
    lines = await shown(60, said)
    assert " ".join(line.strip() for line in lines) == f"APPROVING {said}"
