"""The log screen on the embedded API, driven by keys."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from argotui.config.settings import LogSettings, Settings
from argotui.demo.api.kinds import PODS, WORKFLOWS
from argotui.demo.api.log_store import StoredLog
from argotui.demo.cluster import EmbeddedCluster
from argotui.model.argo import Key
from argotui.screens.logs.screen import LogsScreen
from tests.support import until
from tests.unit.logs.log_pods import lines, ns, pod_document, workflow_document, write
from tests.unit.screens.log_rig import LogsConsole, stage_of

KEY = Key("argo", "wf")


class WorkflowLogsConsole(LogsConsole):
    """The console on the log screen of a workflow."""

    @property
    def screen(self) -> LogsScreen:
        screen = self.app.screen_stack[1]
        assert isinstance(screen, LogsScreen)
        return screen

    def change(self, phase: str) -> None:
        self.put(workflow_document("wf", *self.logs, phase=phase))

    def put(self, document: dict[str, Any]) -> None:
        """Replace the workflow."""
        entry = self.api.objects.need(WORKFLOWS, "argo", "wf")
        document["metadata"] = entry.decode()["metadata"]
        self.api.objects.update(WORKFLOWS, document)


@asynccontextmanager
async def console(
    tmp_path: Path,
    *pods: str,
    count: int = 100,
    size: tuple[int, int] = (100, 24),
    tail: int = 1000,
    node: str | None = None,
) -> AsyncIterator[WorkflowLogsConsole]:
    def furnish(api: EmbeddedCluster) -> dict[str, StoredLog]:
        api.objects.create(WORKFLOWS, workflow_document("wf", *pods))
        logs = {}
        for at, name in enumerate(pods):
            entry = api.objects.create(PODS, pod_document(name))
            logs[name] = api.logs.start(entry.uid, "main")
            for number in range(at, count, len(pods)):
                logs[name].append(ns(number * 0.01), b"line %d\n" % number)
        return logs

    settings = Settings(logs=LogSettings(tail=tail))
    async with stage_of(WorkflowLogsConsole, tmp_path, furnish, size, settings) as made:
        made.app.open_logs(KEY, node)
        await until(lambda: isinstance(made.app.screen, LogsScreen))
        yield made


async def test_the_logs_of_a_workflow_are_followed_with_whose_they_are(tmp_path: Path) -> None:
    async with console(tmp_path, "scrape", "dom") as shown:
        await shown.sees("line 99", "scrape", "dom", "2 pods", "following", "100 lines")
        write(shown.logs["dom"], 100, 103)
        await shown.sees("line 102", "103 lines")
        got = [line.text for line in shown.screen.view.buffer.lines(0, 1000)]
        assert got == lines(0, 103)


async def test_scrolling_up_pauses_and_s_follows_again(tmp_path: Path) -> None:
    async with console(tmp_path, "a") as shown:
        await shown.sees("line 99")
        await shown.press("k", "k")
        await shown.sees("last 1,000   paused   live")
        write(shown.logs["a"], 100, 110)
        await shown.sees("paused, 10 new", "110 lines")
        assert "line 109" not in shown.text
        await shown.press("s")
        await shown.sees("line 109", "following")
        await shown.press("s")
        await shown.sees("paused")
        await shown.press("g")
        await shown.sees("line 0\n")
        await shown.press("G")
        await shown.sees("line 109", "following")


async def test_a_filter_hides_and_marks_and_esc_clears_it(tmp_path: Path) -> None:
    async with console(tmp_path, "a") as shown:
        await shown.sees("line 99")
        await shown.press("slash", *"9$", "enter")
        await shown.sees("/9$", "10 hits", "line 9\n")
        assert "line 98" not in shown.text
        await shown.press("o")
        await shown.sees("line 98", "all lines shown")
        await shown.press("N")
        await shown.sees("▸line 99")
        await shown.press("N")
        await shown.sees("▸line 89")
        await shown.press("slash", "ctrl+u", "ctrl+k", *"zzz", "enter", "o")
        await shown.sees("None of the 100 lines has /zzz")
        await shown.press("escape")
        await shown.sees("line 98")
        await shown.press("slash", *"(", "enter")
        await shown.sees("not a regular expression")


async def test_how_much_of_the_past_is_chosen_with_digits(tmp_path: Path) -> None:
    async with console(tmp_path, "a", count=500, tail=10) as shown:
        await shown.sees("line 499", "10 lines", "last 10")
        await shown.press("1")
        await shown.sees("500 lines", "from the start", "line 0\n")
        await shown.press("2")
        await shown.sees("500 lines", "since 1m")
        await shown.press("0")
        await shown.sees("10 lines", "line 499")


async def test_wrap_times_marks_and_full_screen(tmp_path: Path) -> None:
    async with console(tmp_path, "a", size=(60, 16)) as shown:
        shown.logs["a"].append(ns(9), b"x" * 70 + b"tail\n")
        await shown.sees("x" * 50)
        assert "tail" not in shown.text
        await shown.press("w")
        await shown.sees("tail", "long lines wrap")
        await shown.press("t", "t")
        await shown.sees("12:00:09.000 xxx", "UTC")
        await shown.press("m")
        await shown.sees("── 12:00:")
        await shown.press("f")
        await until(lambda: shown.screen.view.size.height >= 14)
        await shown.press("escape")
        await shown.sees("✖ 0")


async def test_lines_are_copied_and_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with console(tmp_path, "a", "b", count=30) as shown:
        await shown.sees("line 29")
        await shown.press("C")
        assert shown.app.copied.splitlines()[:2] == ["[a] line 0", "[b] line 1"]
        assert len(shown.app.copied.splitlines()) == 30
        await shown.press("c")
        assert shown.app.copied.splitlines()[-1] == "[b] line 29"
        await shown.press("ctrl+s")
        await shown.sees("Save 30 lines to", "wf.log")
        await shown.press("enter")
        await shown.sees("saved 30 lines in wf.log")
        saved = tmp_path / "wf.log"
        assert saved.read_text().splitlines() == [
            f"[{'ab'[number % 2]}] line {number}" for number in range(30)
        ]
        assert saved.stat().st_mode & 0o777 == 0o600
        await shown.press("ctrl+s")
        await shown.sees("wf-2.log")
        await shown.press("ctrl+u", *"wf.log", "enter")
        await shown.sees("wf.log exists")
        await shown.press("escape")
        assert sorted(os.listdir(tmp_path)) == ["kubeconfig", "wf.log"]


async def test_too_much_for_the_clipboard_says_so(tmp_path: Path) -> None:
    async with console(tmp_path, "a", count=12_000, tail=12_000) as shown:
        await shown.sees("line 11999")
        await shown.press("C")
        assert len(shown.app.copied) <= 75_000
        assert shown.app.copied.endswith("line 11999")
        await shown.sees("copied only the last")


async def test_a_cut_is_shown_and_nothing_is_lost(tmp_path: Path) -> None:
    async with console(tmp_path, "a") as shown:
        await shown.sees("line 99")
        shown.api.faults.cut_line(match="/log")
        shown.api.faults.answer(503, times=3, match="/log")
        write(shown.logs["a"], 100, 120)
        await shown.sees("stale")
        await shown.sees("line 119", "120 lines", "following")
        got = [line.text for line in shown.screen.view.buffer.lines(0, 1000)]
        assert got == lines(0, 120)


async def test_the_end_of_the_workflow_is_the_end_of_the_log(tmp_path: Path) -> None:
    async with console(tmp_path, "a") as shown:
        await shown.sees("line 99")
        shown.logs["a"].close()
        entry = shown.api.objects.need(PODS, "argo", "pod-a")
        document = entry.decode()
        document["status"] = pod_document("a", main="terminated")["status"]
        shown.api.objects.update(PODS, document)
        shown.change("Succeeded")
        await shown.sees("ended", "100 lines")


async def test_a_workflow_without_pods_and_a_forbidden_log_say_so(tmp_path: Path) -> None:
    async with console(tmp_path) as shown:
        await shown.sees("No pod has run yet.")
    async with console(tmp_path, "a") as shown:
        await shown.sees("line 99")
        shown.api.faults.answer(403, times=9, match="/log")
        await shown.press("1")
        await shown.sees("not allowed to read the log of pod-a")


async def test_another_node_or_container_is_picked(tmp_path: Path) -> None:
    async with console(tmp_path, "a", "b", node="a") as shown:
        await shown.sees("line 98", "wf / a", "pod-a")
        assert "line 99" not in shown.text
        await shown.press("P")
        await shown.sees("Whose log", "the whole workflow", "container sidecars")
        await shown.press("down", "enter")
        await shown.sees("wf / b", "line 99")
        await shown.press("A")
        await shown.sees("   all   ", "2 not started")


HOSTILE = b"\x1b]52;c;QUJD\x07[/x] [@click=app.quit]press[/] \x1b[31mred\x1b[0m \xc2\x9b2J\n"


async def test_a_hostile_line_is_only_text(tmp_path: Path) -> None:
    async with console(tmp_path, "a", count=1) as shown:
        shown.logs["a"].append(ns(5), HOSTILE)
        await shown.sees("[/x] [@click=app.quit]press[/] red")
        row = next(at for at, text in enumerate(shown.text.splitlines()) if "[/x]" in text)
        for x in range(0, 60, 2):
            await shown.pilot.click(offset=(x, row))
        await shown.press("slash", *"press", "enter", "c")
        assert shown.app.is_running
        assert "\x1b" not in shown.app.copied
        assert "[@click=app.quit]press[/]" in shown.app.copied


async def test_lines_that_were_there_before_are_never_new(tmp_path: Path) -> None:
    async with console(tmp_path, "a", tail=10) as shown:
        await shown.sees("line 99", "10 lines")
        await shown.clock.advance(60)
        await shown.press("1")
        await shown.sees("line 0\n", "100 lines", "paused   live")
        write(shown.logs["a"], 7000, 7003)
        await shown.sees("paused, 3 new")


async def test_older_lines_are_offered_at_the_oldest_and_where_nothing_is_found(
    tmp_path: Path,
) -> None:
    async with console(tmp_path, "a", tail=10, size=(120, 24)) as shown:
        await shown.sees("line 99", "10 lines", "last 10, 1 reads older ones")
        await shown.press("slash", *'"line 8"', "enter")
        await shown.sees(
            'None of the 10 lines has /"line 8"',
            "1  reads from the start: only the last 10 lines of each log were searched",
            "/line 8  searches without the quotes, which count here",
        )
        await shown.press("escape", "1")
        await shown.sees("line 0\n", "100 lines")
        assert "older" not in shown.text


async def test_a_progress_bar_shows_its_last_state_or_all(tmp_path: Path) -> None:
    async with console(tmp_path, "a", count=3) as shown:
        await shown.sees("line 2")
        shown.logs["a"].append(ns(1), b"loading 1%\rloading 50%\rloading 99%\r\n")
        await shown.sees("loading 99%")
        assert "50%" not in shown.text
        await shown.press("slash", *"50%", "enter")
        await shown.sees("None of the 4 lines has /50%")
        await shown.press("r")
        await shown.sees("loading 1%␍loading 50%␍loading 99%", "in all their states")
        assert shown.screen.view.hits == 1
        await shown.press("r", "escape")
        await shown.sees("line 2", "loading 99%")
        assert "␍" not in shown.text


async def test_a_log_keeps_its_bar_while_other_containers_come_and_go(tmp_path: Path) -> None:
    async with console(tmp_path, "a", "b") as shown:
        await shown.sees("line 99")
        before = [line[0] for line in shown.text.splitlines() if line.endswith(" line 98")]
        await shown.press("A")
        await shown.sees("   all   ", "line 98", "4 not started")
        after = [line[0] for line in shown.text.splitlines() if line.endswith(" line 98")]
        assert before == after != [" "]


async def test_without_a_pod_the_log_says_what_the_workflow_says(tmp_path: Path) -> None:
    async with console(tmp_path, size=(120, 24)) as shown:
        await shown.sees("No pod has run yet.", "following")
        document = workflow_document("wf", "scan", phase="Pending")
        document["status"]["nodes"]["scan"]["message"] = "pods is forbidden: exceeded quota"
        shown.put(document)
        await shown.sees("No pod has run yet.", "scan: pods is forbidden: exceeded quota")
        lock = "Waiting for argo/Mutex/deploy lock. Lock status: 0/1"
        document["status"]["nodes"]["scan"]["message"] = lock
        waiting = [{"mutex": "argo/Mutex/deploy", "holder": "before"}]
        document["status"]["synchronization"] = {"mutex": {"waiting": waiting}}
        shown.put(document)
        await shown.sees("No pod has run yet.", f"scan: {lock}; held by before")
        document = workflow_document("wf", phase="Error")
        document["status"]["message"] = "template entrypoint nope undefined"
        shown.put(document)
        await shown.sees("No pod ran.", "template entrypoint nope undefined", "ended")
        assert "following" not in shown.text
        assert "Lines appear here" not in shown.text
