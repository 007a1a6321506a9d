"""What the gate under a cursor asks: a line that names it, and nothing while there is none."""

from __future__ import annotations

from argotui.model.workflow.fact import Fact
from argotui.widgets.gates.glance import GateGlance
from tests.driven import settled
from tests.unit.widgets.support import Harness


async def test_an_empty_one_is_drawn_as_nothing_and_a_full_one_counts_what_is_below() -> None:
    view = GateGlance(3)
    app = Harness(view)
    async with app.run_test(size=(80, 15)):
        await settled(app)
        assert not "".join(app.screen_lines()).strip()
        facts = [Fact("inputs", f"in-{number}", "x", "x") for number in range(9)]
        view.glance("argo/one/grant", [Fact("question", "", '"Grant?"', '"Grant?"'), *facts])
        await settled(app)
        assert app.screen_lines()[0].startswith("── argo/one/grant ─")
        assert app.screen_lines()[0].endswith("6 more lines")
        assert app.screen_lines()[1] == ' "Grant?"'
        assert view.view.question_seen
        view.glance("", ())
        await settled(app)
        assert "Grant" not in "".join(app.screen_lines())
