from __future__ import annotations

import threading
from functools import partial
from pathlib import Path

import pytest

from argotui.demo.api.kinds import EVENTS, WORKFLOWS
from argotui.drawing.tree import Tree
from argotui.model.argo import Key, Workflow
from argotui.model.redact import MASK
from argotui.screens.workflow.body import LARGE
from argotui.screens.workflow.screen import WorkflowScreen
from argotui.widgets.workflow import tree
from tests.support import until
from tests.unit.screens.documents import Document, analysis, at, node, wide
from tests.unit.screens.workflow_rig import NARROW, analysis_id, console, happened


async def test_the_tree_the_strip_and_the_inspector_tell_of_the_workflow(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("├─✔ scrape", "✖ lint(1)  OOMKilled (exit code 137)", "‖ approve")
        await on.sees("‖ waiting 4m", "2/5 nodes", "by data-team", "from visual-analysis")
        await on.sees("1 tree  2 graph  3 timeline  4 events  5 yaml  6 summary")
        await on.press("g", "j")
        await on.sees("exit code  0", "analysis-scrape-", "worker-1", "41s×1 cpu")
        await on.sees("deleted: analysis/old.tgz", "analysis/raw.html")


async def test_a_node_that_changes_changes_on_screen_and_the_cursor_stays(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("● index")
        await on.press("G")
        assert on.screen.body.tree_view.selected_id == analysis_id("index")

        def finish(document: Document) -> None:
            document["status"]["nodes"][analysis_id("index")] |= {
                "phase": "Succeeded",
                "finishedAt": at(230),
            }
            late = node("analysis", "report", "Pod", "Running", start=230)
            document["status"]["nodes"][late["id"]] = late

        on.change("analysis", finish)
        await on.sees("✔ index", "● report", "2m47s")
        assert on.screen.body.tree_view.selected_id == analysis_id("index")


async def test_the_selected_node_is_the_same_in_every_view(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("● index")
        assert on.screen.body.tree_view.select(analysis_id("approve"), announce=True)
        await on.press("2")
        await until(lambda: on.screen.body.graph_view.selected_id == analysis_id("approve"))
        await on.press("3")
        await until(lambda: on.screen.body.timeline_view.selected_id == analysis_id("approve"))
        await on.press("k")
        before = on.screen.body.timeline_view.selected_id
        await on.press("1")
        await until(lambda: on.screen.body.tree_view.selected_id == before)


async def test_next_failed_and_next_running_jump_to_the_cause(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("● index")
        found = []
        for key in ("n", "n", "N", "m", "m"):
            await on.press(key)
            found.append(on.screen.body.tree_view.selected_id)
        assert found == [
            analysis_id(name) for name in ("lint(0)", "lint(1)", "lint(0)", "approve", "index")
        ]


async def test_secrets_are_covered_until_the_key_that_shows_them(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("✔ scrape")
        await on.press("g", "j")
        await on.sees("db-password", MASK, "2 secrets covered")
        assert "hunter2" not in on.text
        assert "s3cret" not in on.text
        await on.press("x")
        await on.sees("hunter2", "s3cret")
        on.screen.body.follow_cursor()  # a move a moment ago: the next one would wait for rest
        await on.press("j")
        await on.press("k")
        await on.sees_no("hunter2")


async def test_the_yaml_is_covered_searched_and_copied(tmp_path: Path) -> None:
    async with console(tmp_path, analysis(), view="yaml") as on:
        await on.sees("kind: Workflow")
        assert "hunter2hunter2" not in on.screen.body.yaml_view.whole
        await on.press("x")
        await until(lambda: "hunter2hunter2" in on.screen.body.yaml_view.whole)
        await on.press("x")
        await until(lambda: "hunter2hunter2" not in on.screen.body.yaml_view.whole)

        await on.press("slash", *"OOMK", "enter")
        await on.sees("message: OOMKilled (exit code 137)", "1 line matches")
        await on.press("c")
        assert on.app.copied == "message: OOMKilled (exit code 137)"
        await on.press("escape")
        assert on.screen.body.yaml_view.pattern is None
        on.change("analysis", lambda document: document["status"].update(progress="3/5"))
        await on.sees("changed since it was read")
        await on.press("ctrl+r")
        await on.sees_no("changed since it was read")


async def test_saving_writes_a_new_file_only_its_owner_can_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(tmp_path, analysis(), view="yaml") as on:
        await on.sees("kind: Workflow")
        target = tmp_path / "saved"
        target.mkdir()
        monkeypatch.chdir(target)
        whole = on.screen.body.yaml_view.whole
        await on.press("ctrl+s")
        await on.sees("Save the YAML to", "analysis.yaml")
        assert "in clear" not in on.text
        await on.press("enter")
        await on.sees(f"saved {whole.count(chr(10))} lines in analysis.yaml")
        saved = target / "analysis.yaml"
        assert saved.read_text() == whole
        assert saved.stat().st_mode & 0o777 == 0o600

        await on.press("ctrl+s")
        await on.sees("analysis-2.yaml")
        await on.press("escape", "x")
        await on.sees("secrets shown", "hunter2hunter2")
        await on.press("ctrl+s")
        await on.sees("with 3 secrets in clear")
        await on.press("escape")
        assert [path.name for path in target.iterdir()] == ["analysis.yaml"]


async def test_a_filter_keeps_what_matches_and_what_it_is_in(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("✔ scrape")
        await on.press("slash", *"phase:failed", "enter")
        await on.sees("3 of 10 nodes", "/phase:failed")
        await on.sees_no("✔ scrape")
        assert "✖ lint(1)" in on.text
        await on.press("escape")
        await on.sees("✔ scrape")
        await on.press("ctrl+z")
        await on.sees("only failed")
        await on.sees_no("✔ scrape")
        await on.press("escape")
        await on.sees("✔ scrape")
        await on.press("slash", *"phase:nope", "enter")
        await on.sees("there is no phase")


async def test_on_a_narrow_screen_the_inspector_takes_the_place_of_the_view(tmp_path: Path) -> None:
    async with console(tmp_path, analysis(), size=NARROW) as on:
        await on.sees("✔ scrape")
        await on.press("g", "j")
        assert not on.screen.body.inspector.display
        await on.press("i")
        await on.sees("exit code  0")
        await on.sees_no("├─")
        await on.press("escape")
        await on.sees("├─✔ scrape")


async def test_a_click_into_the_inspector_takes_the_keys_there(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("✔ scrape")
        await on.press("g", "j")
        await on.sees("worker-1")
        row = next(i for i, r in enumerate(on.screen.body.inspector.rows) if r.text == "worker-1")
        await on.click(on.screen.body.inspector, row + 1)
        await on.press("c")
        assert on.app.copied == "worker-1"
        await on.click(on.screen.body.tree_view, 3)
        await on.press("c")
        assert on.screen.body.node is not None
        assert on.screen.body.node.name != "analysis.scrape"
        assert on.app.copied == on.screen.body.node.name


async def test_an_attempt_in_the_inspector_leads_to_its_node(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("✖ lint")
        on.screen.body.tree_view.select(analysis_id("lint"), announce=True)
        await on.sees("attempts")
        await on.press("enter")
        on.screen.body.inspector.move_to(
            next(
                i
                for i, row in enumerate(on.screen.body.inspector.rows)
                if row.fact.name == "lint(1)"
            )
        )
        await on.press("enter")
        assert on.screen.body.tree_view.selected_id == analysis_id("lint(1)")
        assert not on.screen.body.inspecting


async def test_a_deleted_workflow_stays_and_says_so_and_another_one_too(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("✔ scrape")
        on.cluster.objects.delete(WORKFLOWS, "argo", "analysis")
        await on.sees("✖ deleted", "✔ scrape")
        on.cluster.objects.create(WORKFLOWS, analysis())
        await on.sees("↻ another one of the same name")


async def test_what_is_not_there_and_what_is_forbidden_say_what_to_do(tmp_path: Path) -> None:
    async with console(tmp_path, analysis(), opened="nothing") as on:
        await on.sees("There is no workflow nothing in argo.", "back to where you came from")
        await on.press("l")
        await on.sees("the workflow was not read yet")
        on.cluster.objects.create(WORKFLOWS, analysis("nothing"))
        await on.sees("✔ scrape")
    async with console(tmp_path, analysis(), user="data") as on:
        await on.sees("forbidden", "back to where you came from")


async def test_logs_of_a_node_of_all_and_none_of_a_gate(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("✔ scrape")
        key = Key("argo", "analysis")
        await on.press("g", "l")
        await on.press("j", "l")
        await on.press("L")
        assert on.app.logs == [(key, None), (key, analysis_id("scrape")), (key, None)]
        on.screen.body.tree_view.select(analysis_id("approve"), announce=True)
        await on.press("l")
        await on.sees("a gate runs nothing, so it has no log")


async def test_events_are_read_again_when_the_workflow_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("argotui.screens.workflow.screen.EVENTS_PAUSE", 0.001)
    async with console(tmp_path, analysis(), view="events") as on:
        await on.sees("No events.")
        on.cluster.objects.create(EVENTS, happened("one", "Pulled", "image [/x] present"))
        on.change("analysis", lambda document: document["status"].update(progress="3/5"))
        await on.sees("Pulled", "image [/x] present", "1 event")
        on.cluster.objects.create(EVENTS, happened("two", "BackOff", "pull failed", "Warning"))
        await on.press("ctrl+r")
        await on.sees("▲ BackOff")
        await on.press("slash", *"warning", "enter")
        await on.sees("1 of 2 events")
        await on.press("enter")
        await on.sees("about      Workflow analysis", "Warning")
        await on.press("escape", "c")
        assert "BackOff" in on.app.copied


async def test_leaving_goes_back_to_the_list_and_ends_the_feed(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("✔ scrape")
        screen = on.screen
        await on.press("escape")
        await until(lambda: on.app.screen is not screen)
        await until(lambda: not any(w.node is screen and w.is_running for w in on.app.workers))


async def test_every_key_works_in_every_view_or_says_why_not(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("✔ scrape")
        keys = [
            "j", "k", "left", "right", "space", "z", "z", "n", "N", "m", "f", "tab", "shift+tab",
            "c", "C", "x", "shift+left", "shift+right", "shift+up", "shift+down", "pagedown",
            "pageup", "G", "g", "ctrl+r", "enter", "enter", "tab", "tab", "ctrl+z", "ctrl+z",
        ]  # fmt: skip
        for view in ("1", "2", "3", "4", "5", "6"):
            await on.press(view)
            await on.press(*keys)
            assert isinstance(on.app.screen, WorkflowScreen)
            if on.screen.body.inspecting:
                await on.press("escape")


async def test_five_thousand_nodes_open_in_every_view(tmp_path: Path) -> None:
    async with console(tmp_path, wide("huge", 5000), opened="huge") as on:
        await on.sees("task-0000", "5,001 nodes")
        await on.press("2")
        await on.sees("│● task-4997│")
        await on.press("3")
        await on.sees("◆ critical path", "task-0000")
        await on.press("m")
        assert on.screen.body.timeline_view.selected_id.startswith("huge-")
        await on.press("5")
        await on.sees("kind: Workflow")


async def test_no_key_waits_for_a_large_workflow_to_be_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    class Watched(Tree):
        def __init__(self, workflow: Workflow) -> None:
            threads.append(threading.get_ident())
            super().__init__(workflow)

    monkeypatch.setattr(tree, "Tree", Watched)
    async with console(tmp_path, wide("huge", LARGE), opened="huge") as on:
        await on.sees("✔ task-0000")
        for phase, glyph in (("Failed", "✖"), ("Succeeded", "✔")):
            on.change("huge", partial(end_first_task, phase))
            await on.sees(f"{glyph} task-0000")
    assert len(threads) >= 3
    assert threading.get_ident() not in threads


def end_first_task(phase: str, document: Document) -> None:
    nodes: list[Document] = list(document["status"]["nodes"].values())
    next(each for each in nodes if each["displayName"] == "task-0000")["phase"] = phase


async def test_a_key_that_can_do_nothing_is_grey_and_says_why(tmp_path: Path) -> None:
    async with console(tmp_path, wide("fan", 3), opened="fan") as on:
        await on.sees("1 tree")

        def grey(action: str) -> str | None:
            return on.screen.reason_against(f"workflow.{action}")

        await until(lambda: on.screen.body.tree_view.can_fold)
        assert grey("fold") is None
        await on.press("G")
        assert grey("fold") == "nothing folds here"
        assert grey("next") == "no node failed or is stuck"
        await on.press("n")
        await on.sees("next problem: no node failed or is stuck")
        assert grey("fold-all") is None
        await on.press("4", "z")
        await on.sees("fold all: nothing folds here")
        await on.press("6")
        assert grey("inspect") == "all of it is shown"
        await on.press("enter")
        await on.sees("inspect: all of it is shown")
        await on.press("space")
        await on.sees("fold: nothing folds here")


async def test_what_is_said_of_a_key_is_gone_with_the_next(tmp_path: Path) -> None:
    async with console(tmp_path, wide("fan", 3), opened="fan") as on:
        await on.sees("1 tree")
        await on.press("v")
        await on.sees("v does nothing here")
        await on.press("j")
        await on.sees_no("v does nothing here")


async def test_what_can_be_done_follows_the_nodes(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("● index")
        assert on.screen.reason_against("workflow.next") is None
        assert on.screen.reason_against("workflow.running") is None

        def finish(document: Document) -> None:
            for each in document["status"]["nodes"].values():
                each |= {"phase": "Succeeded", "finishedAt": at(230)}

        on.change("analysis", finish)
        await on.sees("✔ index")
        assert on.screen.reason_against("workflow.next") == "no node failed or is stuck"
        assert on.screen.reason_against("workflow.running") == "no node runs or waits"
