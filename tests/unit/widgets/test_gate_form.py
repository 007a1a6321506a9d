"""The form of a gate: what is chosen is in view, whatever else there is to choose from."""

from __future__ import annotations

import pytest

from argotui.model.gate import Supplied
from argotui.model.gate_form import Form
from argotui.widgets.gate_form import GateForm
from tests.unit.widgets.support import Harness, settled

REGIONS = tuple(f"region-{name}" for name in ("north", "east", "south", "west", "centre", "coast"))


@pytest.mark.parametrize("chosen", REGIONS)
@pytest.mark.parametrize("width", [60, 80])
async def test_the_chosen_one_of_many_choices_is_in_view(chosen: str, width: int) -> None:
    view = GateForm()
    app = Harness(view, "gates")
    async with app.run_test(size=(width, 6)):
        view.show(Form((Supplied("region", enum=REGIONS),), {"region": chosen}))
        await settled(app)
        line = app.screen_lines()[0]
        assert f"( {chosen} )" in line
        assert "…" in line


async def test_choices_that_fit_are_all_there_with_their_default() -> None:
    view = GateForm()
    app = Harness(view, "gates")
    async with app.run_test(size=(80, 6)):
        view.show(
            Form((Supplied("approve", enum=("YES", "NO"), default="NO"),), {"approve": "YES"})
        )
        await settled(app)
        line = app.screen_lines()[0]
        assert "( YES )  NO" in line.replace("   ", "  ")
        assert "default NO" in line
        assert "…" not in line


async def test_what_was_asked_for_is_beside_the_default_and_nothing_looks_like_another() -> None:
    view = GateForm()
    app = Harness(view, "gates")
    field = Supplied("who", "bot", ("a\nb", "a b", "a\r\nb"), given="a\r\nb")
    async with app.run_test(size=(120, 6)):
        view.show(Form((field,)))
        await settled(app)
        line = app.screen_lines()[0]
        assert r'( "a\r\nb" )' in line
        assert r'"a\nb"    a b' in line
        assert r'asked for "a\r\nb" · default bot' in line
