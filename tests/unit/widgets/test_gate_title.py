"""The head of a gate's screen: what tells the gate apart is there on every terminal."""

from __future__ import annotations

import pytest

from argotui.widgets.gates.title import GateTitle
from tests.driven import settled
from tests.unit.widgets.support import Harness

RIGHT = (("! 2 lint findings  ", "bad"), ("request 0d162863", "dim"))


async def shown(width: int, gate: str, workflow: str, place: str) -> list[str]:
    title = GateTitle()
    app = Harness(title)
    async with app.run_test(size=(width, 6)):
        title.show(gate, workflow, place, RIGHT)
        await settled(app)
        return [line for line in app.screen_lines() if line.strip()]


@pytest.mark.parametrize("width", [60, 80, 120, 160])
async def test_gate_workflow_namespace_and_context_are_there(width: int) -> None:
    lines = await shown(width, "auto-approve-step", "promote-model-8", "ux @ argolab")
    text = "\n".join(lines)
    for word in ("auto-approve-step", "promote-model-8", "ux @ argolab", "request 0d162863"):
        assert word in text
    assert len(lines) == (1 if width > 80 else 2)


async def test_long_names_keep_both_ends() -> None:
    lines = await shown(60, "approve-" * 8 + "end", "release-" * 9 + "7xk2p", "data @ production")
    assert len(lines) == 2
    assert "end" in lines[0]
    assert "7xk2p" in lines[0]
    assert "data @ production" in lines[1]
