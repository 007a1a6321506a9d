"""The form of a gate: what is chosen is in view, whatever else there is to choose from."""

from __future__ import annotations

import pytest

from argotui.model.gates.form import Form
from argotui.model.gates.gate import Supplied
from argotui.widgets.gates.form import GateForm
from tests.driven import settled
from tests.unit.widgets.support import Harness

REGIONS = tuple(f"region-{name}" for name in ("north", "east", "south", "west", "centre", "coast"))


@pytest.mark.parametrize("chosen", REGIONS)
@pytest.mark.parametrize("width", [60, 80])
async def test_the_chosen_one_of_many_choices_is_in_view(chosen: str, width: int) -> None:
    view = GateForm()
    app = Harness(view)
    async with app.run_test(size=(width, 6)):
        view.show(Form((Supplied("region", enum=REGIONS),), {"region": chosen}))
        await settled(app)
        line = app.screen_lines()[0]
        assert f"( {chosen} )" in line
        assert "…" in line


async def test_choices_that_fit_are_all_there_with_their_default() -> None:
    view = GateForm()
    app = Harness(view)
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
    app = Harness(view)
    field = Supplied("who", "bot", ("a\nb", "a b", "a\r\nb"), given="a\r\nb")
    async with app.run_test(size=(120, 6)):
        view.show(Form((field,)))
        await settled(app)
        line = app.screen_lines()[0]
        assert r'( "a\r\nb" )' in line
        assert r'"a\nb"    a b' in line
        assert r'asked for "a\r\nb" · default bot' in line


FIELDS = tuple(
    Supplied(f"field-{number}", enum=("YES", "NO"), description="what it does " * 12)
    for number in range(7)
)


@pytest.mark.parametrize(("height", "shown"), [(15, 2), (24, 5), (45, 7)])
async def test_fields_that_are_not_shown_are_counted(height: int, shown: int) -> None:
    view = GateForm()
    app = Harness(view)
    form = Form(FIELDS)
    async with app.run_test(size=(80, height)):
        view.show(form)
        await settled(app)
        text = "\n".join(app.screen_lines())
        assert (f"1–{shown} of 7 · tab" in text) is (shown < 7)
        assert view.left == 7 - shown
        for number in range(1, 7):
            form.step(1)
            view.show(form)
            await settled(app)
            assert f"▸ field-{number}" in "\n".join(app.screen_lines())
        assert view.left == 0
        assert "3–7 of 7" in "\n".join(app.screen_lines()) or shown != 5


@pytest.mark.parametrize("height", [12, 15, 24])
async def test_what_is_said_of_the_current_field_is_whole_or_counted(height: int) -> None:
    view = GateForm()
    app = Harness(view)
    words = [f"word-{number}" for number in range(40)]
    async with app.run_test(size=(80, height)):
        view.show(Form((Supplied("note", description=" ".join(words)),)))
        await settled(app)
        text = " ".join(" ".join(app.screen_lines()).split())
        assert "word-0 " in text
        assert "word-39" in text or "more characters" in text
