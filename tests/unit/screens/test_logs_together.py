"""The logs of several marked workflows as one, driven by keys from the list."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from argotui.demo.api.kinds import PODS, WORKFLOWS
from argotui.demo.api.log_store import StoredLog
from argotui.demo.cluster import EmbeddedCluster
from argotui.screens.logs.screen import LogsScreen
from argotui.screens.workflows.reasons import LOGS_AT_ONCE
from argotui.screens.workflows.screen import WorkflowsScreen
from tests.support import until
from tests.unit.logs.log_pods import ns, pod_document, workflow_document
from tests.unit.screens.console import is_listed
from tests.unit.screens.log_rig import LogsConsole, stage_of


class MergedLogsConsole(LogsConsole):
    """The console on a list of workflows that run."""

    @property
    def lines(self) -> list[str]:
        screen = self.app.screen_stack[1]
        assert isinstance(screen, LogsScreen)
        return [line.text for line in screen.view.buffer.lines(0, 1000)]

    def write(self, pod: str, *moments: float) -> None:
        for moment in moments:
            self.logs[pod].append(ns(moment), b"%s %g\n" % (pod.encode(), moment))

    async def mark_all(self, count: int) -> None:
        await until(lambda: len(self.list.table.rows) == count, what="all rows")
        await until(lambda: is_listed(self.app), what="every row read in full")
        await self.press(*["space"] * count)
        await self.sees(f"{count} marked")

    @property
    def list(self) -> WorkflowsScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, WorkflowsScreen)
        return screen


def console(
    folder: Path, *names: str, size: tuple[int, int] = (110, 24)
) -> AbstractAsyncContextManager[MergedLogsConsole]:
    """Workflows of these names, each with a pod of its name and `-pod`."""

    def furnish(api: EmbeddedCluster) -> dict[str, StoredLog]:
        logs = {}
        for name in names:
            api.objects.create(WORKFLOWS, workflow_document(name, f"{name}-pod"))
            entry = api.objects.create(PODS, pod_document(f"{name}-pod", workflow=name))
            logs[name] = api.logs.start(entry.uid, "main")
        return logs

    return stage_of(MergedLogsConsole, folder, furnish, size)


async def test_the_logs_of_all_marked_are_followed_as_one(tmp_path: Path) -> None:
    async with console(tmp_path, "one", "two", "three") as on:
        on.write("one", 1, 4)
        on.write("two", 2, 5)
        on.write("three", 3)
        await on.mark_all(3)
        await on.press("l")
        await on.sees("logs  3 workflows   3 pods", "two/two-pod", "two 5", "following", "live")
        assert on.lines == ["one 1", "two 2", "three 3", "one 4", "two 5"]
        on.write("three", 100)
        await on.sees("three 100")
        bars = {line[0] for line in on.text.splitlines() if "-pod " in line}
        assert len(bars) == 3
        on.api.objects.delete(WORKFLOWS, "argo", "two")
        await on.sees("two: the workflow is deleted", "following")
        on.write("one", 200)
        await on.sees("one 200")


async def test_one_of_them_or_all_again_is_picked(tmp_path: Path) -> None:
    async with console(tmp_path, "one", "two") as on:
        on.write("one", 1)
        on.write("two", 2)
        await on.mark_all(2)
        await on.press("l")
        await on.sees("2 workflows", "one 1", "two 2")
        await on.press("P")
        await on.sees("Whose log", "✔ all 2 workflows", "container all")
        await on.press(*"two", "enter")
        await on.sees("logs  two   pod-two-pod   main   1 of 2 workflows", "two 2")
        assert on.lines == ["two 2"]
        await on.press("P")
        await on.sees("✔ two", "  two-pod")
        await on.press(*"two-pod", "enter")
        await on.sees("two / two-pod")
        await on.press("P", *"all 2", "enter")
        await on.sees("2 workflows   2 pods", "one 1", "two 2")
        await on.press("A")
        await on.sees("2 workflows", "   all   ", "4 not started")


async def test_what_is_copied_and_saved_says_whose_it_is(tmp_path: Path) -> None:
    async with console(tmp_path, "one", "two", "three") as on:
        for at, name in enumerate(on.logs):
            on.write(name, at)
        await on.mark_all(3)
        first = on.list.table.rows[0].name
        await on.press("l")
        await on.sees("one 0", "two 1", "three 2")
        await on.press("C")
        assert on.app.copied.splitlines() == [
            "[one/one-pod] one 0",
            "[two/two-pod] two 1",
            "[three/three-pod] three 2",
        ]
        await on.press("ctrl+s")
        await on.sees("Save 3 lines to", f"{first}-and-2-more.log")


async def test_more_than_can_be_followed_at_once_are_refused_in_words(tmp_path: Path) -> None:
    names = [f"wf-{number}" for number in range(LOGS_AT_ONCE + 1)]
    async with console(tmp_path, *names, size=(110, 40)) as on:
        await on.mark_all(len(names))
        await on.press("l")
        await on.sees("21 workflows are marked, logs are read of 20 at once; ")
        assert len(on.app.screen_stack) == 1
        await on.press("k", "space", "l")
        await on.sees("logs  20 workflows")


async def test_a_forbidden_one_is_said_and_the_others_are_read(tmp_path: Path) -> None:
    async with console(tmp_path, "one", "two") as on:
        on.write("one", 1)
        on.api.faults.answer(403, times=1000, match="name%3Dtwo")
        await on.mark_all(2)
        await on.press("l")
        await on.sees("one 1", "two: ", "forbidden: not now", "1 forbidden   live")
        await on.press("P", *"two", "enter")
        await on.sees("forbidden: not now")
        assert on.lines == []
