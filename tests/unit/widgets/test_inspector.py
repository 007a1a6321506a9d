from __future__ import annotations

import pytest

from argotui.model.redact import MASK
from argotui.model.workflow.fact import Fact
from argotui.widgets.cells import cut_middle, wrap_cells
from argotui.widgets.inspector import Inspector
from tests.driven import settled
from tests.unit.widgets.support import Harness

LONG = "word " * 200


def facts() -> list[Fact]:
    return [
        Fact("phase", "", "✖ failed", "✖ failed", "failed"),
        Fact("inputs", "text", LONG, LONG),
        Fact("inputs", "password", MASK, "hunter2"),
        Fact("attempts", "task(0)", "✖ failed", "✖ failed", "failed", "node-0"),
    ]


async def lines(app: Harness) -> str:
    await settled(app)
    return "\n".join(app.screen_lines())


async def test_a_label_stands_once_for_its_group() -> None:
    view = Inspector()
    app = Harness(view)
    async with app.run_test(size=(60, 20)):
        view.inspect("a", facts())
        text = await lines(app)
        assert text.count("inputs") == 1
        assert "text" in text
        assert "password" in text


async def test_a_long_value_is_cut_in_its_middle_until_it_is_opened() -> None:
    long = f"the first words {LONG}the last words"
    view = Inspector()
    view.open_key = "f2"
    app = Harness(view)
    async with app.run_test(size=(60, 12)):
        view.inspect("a", [*facts(), Fact("outputs", "result", long, long)])
        text = await lines(app)
        assert text.count("word") < 80
        for words in ("the first words", "more characters · f2: all of it", "the last words"):
            assert words in text
        view.cursor_end()
        assert view.is_cut
        view.toggle_row()
        assert sum(row.text.count("word") for row in view.rows if row.fact.name == "result") == 202
        assert not view.is_cut
        view.toggle_row()
        assert (await lines(app)).count("word") < 80


async def test_values_are_whole_while_there_is_room() -> None:
    view = Inspector()
    app = Harness(view)
    async with app.run_test(size=(60, 60)):
        view.inspect("a", facts())
        text = await lines(app)
        assert text.count("word") >= 200
        assert "all of it" not in text


@pytest.mark.parametrize("others", [1, 40])
async def test_messages_get_the_room_first_and_half_of_the_page_in_any_case(others: int) -> None:
    message = "x " * 200 + "the end"
    view = Inspector()
    app = Harness(view)
    async with app.run_test(size=(60, 24)):
        shown = [Fact("inputs", f"n{i}", LONG, LONG) for i in range(others)]
        view.inspect("a", [*shown[:1], Fact("message", "", message, message), *shown[1:]])
        rows = [row for row in view.rows if row.fact.label == "message"]
        assert not any(row.cut for row in rows)
        assert " ".join(row.text for row in rows) == message


async def test_the_message_that_is_cut_is_opened_with_the_inspector() -> None:
    message = "x " * 400 + "the end"
    view = Inspector()
    app = Harness(view)
    async with app.run_test(size=(60, 14)):
        view.inspect("a", [Fact("phase", "", "✖", "✖"), Fact("message", "", message, message)])
        await settled(app)
        assert any(row.cut for row in view.rows)
        view.open_message()
        assert not any(row.cut for row in view.rows)
        assert view.fact is not None
        assert view.fact.label == "message"


async def test_a_value_of_a_million_characters_is_cut_at_once() -> None:
    huge = "y" * 1_000_000 + "z"
    view = Inspector()
    app = Harness(view)
    async with app.run_test(size=(60, 14)):
        view.inspect("a", [Fact("outputs", "result", huge, huge)])
        assert len(view.rows) <= 13
        assert view.rows[-1].text.endswith("z")


async def test_a_secret_is_covered_until_asked_for_and_again_on_the_next_node() -> None:
    view = Inspector()
    app = Harness(view)
    async with app.run_test(size=(60, 20)):
        view.inspect("a", facts())
        assert "hunter2" not in await lines(app)
        view.move_to(next(i for i, row in enumerate(view.rows) if row.fact.name == "password"))
        assert view.copy_text() == MASK

        view.reveal_secrets()
        assert "hunter2" in await lines(app)
        assert view.copy_text() == "hunter2"

        view.inspect("b", facts())
        assert "hunter2" not in await lines(app)


async def test_the_cursor_stays_on_its_fact_while_others_come() -> None:
    view = Inspector()
    app = Harness(view)
    async with app.run_test(size=(60, 20)):
        view.inspect("a", facts())
        view.cursor_end()
        view.inspect("a", [Fact("message", "", "new", "new"), *facts()])
        assert view.fact is not None
        assert view.fact.node == "node-0"


def test_wrapping_loses_nothing_but_the_blank_at_a_break() -> None:
    assert wrap_cells("short", 10) == ["short"]
    assert wrap_cells("one two three", 8) == ["one two", "three"]
    assert wrap_cells("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]
    assert wrap_cells("日本語", 4) == ["日本", "語"]


TEMPLATE = "workflows.argoproj.io/workflow-template"


@pytest.mark.parametrize(
    ("width", "value", "cells"),
    [(60, "nightly", 37), (80, "nightly", 39), (120, LONG, 39), (80, LONG, 26)],
)
async def test_names_are_cut_only_where_values_need_the_room(
    width: int, value: str, cells: int
) -> None:
    view = Inspector()
    app = Harness(view)
    async with app.run_test(size=(width, 20)):
        view.inspect("a", [Fact("labels", TEMPLATE, value, value), Fact("labels", "app", "x", "x")])
        text = await lines(app)
        assert f" {cut_middle(TEMPLATE, cells)}  {value[:6]}" in text


async def test_what_is_told_before_there_is_a_place_for_it_is_laid_out_with_that() -> None:
    message = "x " * 100 + "the end"
    view = Inspector()
    view.display = False
    app = Harness(view)
    async with app.run_test(size=(60, 14)):
        view.inspect("a", [Fact("phase", "", "✖", "✖"), Fact("message", "", message, message)])
        view.open_message()
        assert not view.rows
        view.display = True
        text = await lines(app)
        assert "the end" in text
        assert "all of it" not in text
