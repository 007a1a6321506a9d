"""What the rows of the list say, where its cursor is, and what marks are for."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from argotui.cli.list_verb import _columns
from argotui.cli.output import Cell, Terminal
from argotui.config.settings import Settings
from argotui.model.argo import Key
from argotui.model.workflows.why import UNTAKEN_SECONDS
from argotui.operations.workflows.listing import ListOptions, find
from argotui.screens.gates.several import DecisionsScreen
from argotui.screens.logs.screen import LogsScreen
from argotui.screens.workflows.screen import WorkflowsScreen
from argotui.widgets.workflows.columns import COLUMNS, WorkflowRow
from tests.support import ManualClock, until
from tests.unit.cli.cluster import at, workflow
from tests.unit.screens.console import ConsoleDriver, Opener, is_listed, reason, row_of_cursor

PULL = 'ImagePullBackOff: Back-off pulling image "registry.example/app:2"'


def saying(document: dict[str, Any], step: str, message: str) -> dict[str, Any]:
    """The same workflow, one of its nodes with a message."""
    nodes = document["status"]["nodes"].values()
    node = next(each for each in nodes if each["displayName"] == step)
    node["message"] = message
    return document


def stuck(name: str, age: float = 900) -> dict[str, Any]:
    return saying(workflow(name, "Running", age=age, steps={"pull": "Pending"}), "pull", PULL)


def denied(name: str) -> dict[str, Any]:
    document = workflow(name, "Failed", age=400, steps={"gate": "Failed"})
    trailer = '{"argotui":1,"request":"0123456789abcdef","decision":"d1"}'
    return saying(document, "gate", f"approver: denied: change freeze {trailer}")


def untaken(name: str) -> dict[str, Any]:
    document = workflow(name, "", age=0, steps={})
    del document["status"]
    document["metadata"]["labels"] = {}
    return document


ALL = {"report", "etl-1", "broken", "etl-2"}


@asynccontextmanager
async def listing(
    opener: Opener, *more: dict[str, Any], size: tuple[int, int] = (140, 30)
) -> AsyncIterator[ConsoleDriver]:
    """The console on the four workflows and some more, once all is read of each."""
    opener.put(*more)
    names = ALL | {each["metadata"]["name"] for each in more}
    async with opener.console(size=size) as console:
        await until(lambda: set(console.names) == names, what="all rows")
        await until(lambda: console.lines[0].endswith("live"), what="both streams to be live")
        await until(lambda: is_listed(console.app), what="every row read in full")
        await console.at_rest()
        yield console


async def test_what_is_stuck_has_its_own_word_place_number_and_message(opener: Opener) -> None:
    async with listing(opener, stuck("no-image"), size=(160, 30)) as console:
        await console.see("◷ 1 stuck")
        await console.see("● 1 running")
        row = next(line for line in console.lines if "no-image" in line)
        assert "◷ stuck" in row
        assert f"pull: {PULL}" in row
        assert console.names[:3] == ["report", "no-image", "etl-1"]
        console.press("/", "imagepull", "enter")
        await until(lambda: console.names == ["no-image"])


async def test_a_workflow_that_nobody_takes_becomes_stuck_as_time_passes(
    opener: Opener, clock: ManualClock
) -> None:
    async with listing(opener, untaken("orphan"), size=(160, 30)) as console:
        await console.see("○ new")
        assert "stuck" not in console.lines[0]
        await clock.advance(UNTAKEN_SECONDS + 1)
        console.app._tick()
        await console.see("◷ 1 stuck")
        await console.see("no controller has taken it")


async def test_a_denied_workflow_says_by_whom_and_why_and_is_not_failed(opener: Opener) -> None:
    async with listing(opener, denied("release"), size=(160, 30)) as console:
        await console.see("⊘ 1 denied")
        await console.see("✖ 1 failed")
        row = next(line for line in console.lines if "release" in line)
        assert "⊘ denied" in row
        assert "gate: denied by approver: change freeze" in row
        console.press("ctrl+z")
        await until(lambda: console.names == ["broken"])
        console.press("escape", "/", "phase:denied", "enter")
        await until(lambda: console.names == ["release"])


async def test_a_number_of_the_header_leads_to_what_it_counts(opener: Opener) -> None:
    async with listing(opener, workflow("erred", "Error", age=50)) as console:
        await console.see("✖ 2 failed")
        await console.pilot.click(offset=(console.lines[0].index("✖ 2 failed") + 2, 0))
        await until(lambda: console.names == ["erred", "broken"])
        assert console.workflows.filter_text == "phase:failed"


async def test_nothing_is_counted_before_the_first_list(opener: Opener) -> None:
    opener.user = "data"
    async with opener.console(Settings(namespace="argo")) as console:
        await console.see("forbidden")
        assert "● – running   ✖ – failed   ‖ – gates wait" in console.lines[0]


async def test_where_a_message_has_no_room_the_status_line_has_it_and_the_key(
    opener: Opener,
) -> None:
    first = saying(workflow("first", "Failed", age=1), "one", "x" * 60 + " the cause")
    async with listing(opener, first, size=(80, 24)) as console:
        console.press("/", "first", "enter")
        await until(lambda: console.names == ["first"])
        await console.see("the cause")
        status = console.lines[-2]
        assert "…" in status
        assert "d all of it" in status
    async with listing(opener, first, size=(160, 24)) as console:
        await console.see("x" * 60 + " the cause")
        assert "all of it" not in console.text


# Where the cursor is.


def many() -> list[dict[str, Any]]:
    """1,000 workflows, the gates among the oldest: their order is known only when all is read."""
    waiting = [
        workflow(f"gate-{number:03}", "Running", age=90_000 - number, steps={"gate": "Running"})
        for number in range(60)
    ]
    ended = [workflow(f"done-{number:03}", age=100 + number) for number in range(940)]
    mixed = waiting + ended
    random.Random(3).shuffle(mixed)
    return mixed


def has_cursor(console: ConsoleDriver, name: str) -> bool:
    """Say whether the cursor is to be seen on the row of a workflow."""
    return any(line.startswith("▸") and name in line for line in console.lines)


async def test_with_many_workflows_the_cursor_is_the_first_row_until_a_key(opener: Opener) -> None:
    opener.put(*many())
    async with opener.console(size=(120, 30)) as console:
        table = console.workflows.table
        await until(lambda: console.lines[0].endswith("live"))
        await until(lambda: len(console.workflows.session.store.waiting) == 61)
        await until(lambda: console.under_cursor == "report")
        assert (row_of_cursor(table), table.scroll_offset.y) == (0, 0)
        await until(lambda: console.lines[3].startswith("▸"))

        console.press("j")
        await until(lambda: row_of_cursor(table) == 1)
        name = console.under_cursor
        opener.put(
            *(workflow(f"z-{n}", "Running", age=-n, steps={"gate": "Running"}) for n in range(40))
        )
        await until(lambda: len(console.workflows.session.store.waiting) == 101)
        await until(lambda: row_of_cursor(table) == 41)
        assert console.under_cursor == name
        await until(lambda: has_cursor(console, name))


async def test_after_filtering_the_cursor_is_on_the_hit_and_stays_there(opener: Opener) -> None:
    opener.put(*many())
    async with opener.console(size=(120, 30)) as console:
        await until(lambda: len(console.names) == 1004)
        await until(lambda: console.lines[0].endswith("live"))
        console.press("j", "j", "j")
        await until(lambda: row_of_cursor(console.workflows.table) == 3)
        before = console.under_cursor
        console.press("/", "done-9", "escape")
        await until(lambda: len(console.names) == 1004 and console.under_cursor == before)

        console.press("/", "done-777", "enter")
        await until(lambda: console.under_cursor == "done-777")
        console.press("escape")
        await until(lambda: len(console.names) == 1004)
        assert console.under_cursor == "done-777"
        await until(lambda: has_cursor(console, "done-777"))


# Marks.


async def test_the_gates_of_all_marked_are_decided_together(opener: Opener) -> None:
    async with listing(
        opener, workflow("other", "Running", age=1100, steps={"gate": "Running"})
    ) as console:
        console.press("space", "space", "space")
        await console.see("3 marked")
        console.press("a")
        await console.be_on(DecisionsScreen)
        screen = console.screen
        assert isinstance(screen, DecisionsScreen)
        assert {entry.item.gate.key.name for entry in screen.entries.values()} == {
            "report",
            "other",
        }
        console.press("escape")
        await console.be_on(WorkflowsScreen)


async def test_marked_without_a_gate_cannot_be_decided(opener: Opener) -> None:
    async with listing(opener) as console:
        console.press("/", "etl", "enter")
        await until(lambda: console.under_cursor == "etl-1")
        console.press("space")
        await console.see("1 marked")
        assert reason(console, "list.gate") == "none of those marked waits at a gate"


async def test_the_log_is_that_of_the_marked_one_though_the_cursor_is_elsewhere(
    opener: Opener,
) -> None:
    async with listing(opener) as console:
        console.press("space", "space")
        await console.see("2 marked")
        console.press("k", "space")
        await console.see("1 marked")
        name = next(iter(console.workflows.table.marks)).name
        assert name == "report"
        assert console.under_cursor != name
        console.press("l")
        await console.be_on(LogsScreen)
        screen = console.screen
        assert isinstance(screen, LogsScreen)
        assert [key.name for key in screen.reader.keys] == [name]


async def test_the_names_of_all_marked_are_copied_and_hidden_marks_are_said(
    opener: Opener,
) -> None:
    async with listing(opener) as console:
        console.press("space", "space")
        await console.see("2 marked")
        console.press("/", "etl-2", "enter")
        await console.see("2 marked (2 of them not shown)")
        console.press("c")
        await until(lambda: console.app.clipboard == "etl-1\nreport")
        await console.see("copied 2 names")


# One list, on the screen and on the command line.


def zoo() -> list[dict[str, Any]]:
    running = workflow("estimated", "Running", age=3700, steps={"a": "Running"})
    running["status"]["estimatedDuration"] = 7200
    deleting = workflow("going", "Failed", age=70, message="exit code 1")
    deleting["metadata"] |= {"deletionTimestamp": at(0), "finalizers": ["x/y"]}
    held = workflow("held", "Running", age=20, suspend=True)
    return [
        stuck("no-image"),
        denied("release"),
        untaken("orphan"),
        running,
        deleting,
        held,
        workflow("erred", "Error", age=50),
        saying(workflow("secret", "Failed", age=60), "one", "password=hunter2"),
        saying(workflow("lines", "Failed", age=61), "one", "main: OOMKilled (exit code 137)"),
    ]


async def test_screen_and_command_say_the_same_of_the_same_workflows(
    opener: Opener, clock: ManualClock
) -> None:
    opener.put(*zoo())
    await clock.advance(UNTAKEN_SECONDS + 30)
    async with opener.console(size=(200, 40)) as console:
        await until(lambda: len(console.names) == 4 + len(zoo()))
        await until(lambda: console.lines[0].endswith("live"))
        store = console.workflows.session.store
        console.app._tick()
        await until(lambda: all(row.depth == 2 for row in store.summaries()))
        found = await find(console.workflows.session.cluster, ListOptions("argo"), clock)
        printed = dict(
            zip(
                [column.title for column, _ in _columns(everywhere=False, wide=True)],
                [cell for _, cell in _columns(everywhere=False, wide=True)],
                strict=True,
            )
        )
        assert [row.key.name for row in found.rows] == console.names
        for row in found.rows:
            shown = store.get(Key("argo", row.key.name))
            assert shown is not None
            for column in COLUMNS.values():
                if column.title not in printed:
                    continue
                cell = printed[column.title](row, clock.now(), Terminal())
                said = cell.text if isinstance(cell, Cell) else cell
                parts = column.cell(WorkflowRow(shown, clock.now()), 9)
                assert "".join(text for text, _ in parts).strip() == said, (row.key, column.title)
