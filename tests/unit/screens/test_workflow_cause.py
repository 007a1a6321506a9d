"""Where the cursor starts, what is said of a failure, and the keys to what is stuck."""

from __future__ import annotations

from pathlib import Path

from argotui.demo.api.kinds import EVENTS
from argotui.model.argo import Key
from argotui.model.workflow.pod_name import node_id
from tests.support import until
from tests.unit.model.test_locks import holder, waiter
from tests.unit.screens.documents import Document, analysis, at, node, workflow
from tests.unit.screens.workflow_rig import NARROW, analysis_id, console, happened

OOM = "OOMKilled (exit code 137)"


def broken() -> Document:
    """A Steps workflow of which the second step failed; its root and status only pass it on."""
    name = "broken"
    told = f"child '{node_id(name, f'{name}[1].fit')}' failed"
    group = node(name, "[1]", "StepGroup", "Failed", start=9, end=30, message=told)
    group["children"] = [node_id(name, f"{name}[1].fit")]
    return workflow(
        name,
        node(name, "", "Steps", "Failed", end=30, message=told),
        node(name, "[0]", "StepGroup", end=9) | {"children": [node_id(name, f"{name}[0].load")]},
        node(name, "[0].load", end=9, displayName="load"),
        group,
        node(name, "[1].fit", "Pod", "Failed", start=9, end=30, displayName="fit", message=OOM),
        phase="Failed",
        message=told,
        finishedAt=at(30),
    )


def stuck() -> Document:
    """A DAG of which one pod runs, one cannot be pulled and one waits for a lock."""
    name = "stuck"
    return workflow(
        name,
        node(name, "", "DAG", "Running"),
        node(name, "go", "Pod", "Running", start=1),
        node(name, "pull", "Pod", "Pending", start=2, message="ImagePullBackOff: no such image"),
        node(
            name,
            "deploy",
            "Pod",
            "Pending",
            start=None,
            message="Waiting for argo/Mutex/one lock. Lock status: 0/1",
            synchronizationStatus={"waiting": "argo/Mutex/one"},
        ),
    )


async def test_the_cursor_of_a_failed_workflow_starts_on_what_failed(tmp_path: Path) -> None:
    for view in ("tree", "timeline", "graph"):
        async with console(tmp_path, broken(), opened="broken", view=view) as on:
            await on.sees(f"message    {OOM}")
            assert on.screen.body.node_view.selected_id == node_id("broken", "broken[1].fit")


async def test_what_was_passed_on_is_told_by_its_cause_in_header_and_inspector(
    tmp_path: Path,
) -> None:
    async with console(tmp_path, broken(), opened="broken") as on:
        await on.sees(f"fit: {OOM}")
        await on.press("g")
        await on.sees(f"message    fit: {OOM}")
        assert "child '" not in on.text
        await on.press("z", "z")
        await on.press("d")
        await on.sees(f"message    fit: {OOM}")
        assert "child '" not in on.text


async def test_a_message_leads_to_the_node_that_failed(tmp_path: Path) -> None:
    async with console(tmp_path, broken(), opened="broken") as on:
        await on.sees(OOM)
        await on.press("g", "enter", "j")
        await until(lambda: on.screen.body.inspector.fact is not None)
        assert on.screen.body.inspector.fact is not None
        assert on.screen.body.inspector.fact.label == "message"
        await on.press("enter")
        assert on.screen.body.tree_view.selected_id == node_id("broken", "broken[1].fit")


async def test_the_cursor_goes_to_what_waits_until_somebody_moves_it(tmp_path: Path) -> None:
    async with console(
        tmp_path, workflow("late", node("late", "", "DAG", "Running")), opened="late"
    ) as on:
        await on.sees("● late")
        gate = node("late", "ok", "Suspend", "Running", start=9)

        def wait(document: Document) -> None:
            document["status"]["nodes"][gate["id"]] = gate

        on.change("late", wait)
        await until(lambda: on.screen.body.tree_view.selected_id == gate["id"])

        pod = node("late", "a-pod", "Pod", "Failed", start=9, end=10, message="boom")

        def fail(document: Document) -> None:
            gate["phase"] = "Failed"
            document["status"]["nodes"][gate["id"]] = gate | {"finishedAt": at(99)}
            document["status"]["nodes"][pod["id"]] = pod
            document["status"]["phase"] = "Failed"

        await on.press("k")
        assert on.screen.body.tree_view.selected_id == "late"
        on.change("late", fail)
        await on.sees("a-pod: boom")
        assert on.screen.body.tree_view.selected_id == "late"


async def test_a_node_that_was_asked_for_keeps_the_cursor(tmp_path: Path) -> None:
    async with console(tmp_path, analysis()) as on:
        await on.sees("● index")
        assert on.screen.body.tree_view.selected_id == analysis_id("approve")
        on.app.open_workflow(Key("argo", "analysis"), node=analysis_id("dom"))
        await until(lambda: on.screen.body.tree_view.selected_id == analysis_id("dom"))


async def test_m_and_n_go_round_what_is_stuck(tmp_path: Path) -> None:
    async with console(tmp_path, stuck(), opened="stuck") as on:
        await on.sees("pull", "deploy")
        pull, deploy = node_id("stuck", "stuck.pull"), node_id("stuck", "stuck.deploy")
        go = node_id("stuck", "stuck.go")
        await until(lambda: on.screen.body.tree_view.selected_id == pull)
        for view in ("1", "2", "3"):
            await on.press(view)
            seen: dict[str, list[str]] = {"n": [], "m": []}
            for key, times in (("n", 4), ("m", 6)):
                for _ in range(times):
                    await on.press(key)
                    seen[key].append(on.screen.body.node_view.selected_id)
            assert set(seen["n"]) == {pull, deploy}
            assert seen["n"][:2] == seen["n"][2:]
            assert set(seen["m"]) == {pull, deploy, go}
            assert seen["m"][:3] == seen["m"][3:]


async def test_where_nothing_is_stuck_or_alone_the_keys_say_so(tmp_path: Path) -> None:
    done = workflow(
        "fine", node("fine", "", "DAG", end=3), node("fine", "a", end=3), phase="Succeeded"
    )
    async with console(tmp_path, done, broken(), opened="fine", size=NARROW) as on:
        await on.sees("✔ a")
        await on.press("n")
        await on.sees("no node failed or is stuck")
        await on.press("m")
        await on.sees("no node runs or waits")
    async with console(tmp_path, broken(), opened="broken") as on:
        await on.sees(OOM)
        await on.press("n")
        await on.sees("there is no other one")


async def test_who_holds_the_lock_is_told_and_enter_goes_there(tmp_path: Path) -> None:
    async with console(tmp_path, waiter(), holder(), opened="waiter", size=NARROW) as on:
        await on.press("d")
        await on.sees("waits for  mutex prod-db, held by holder (running 4m)")
        view = on.screen.body.summary_view
        place = next(i for i, row in enumerate(view.rows) if row.fact.label == "waits for")
        view.move_to(place)
        await on.press("enter")
        await until(lambda: on.screen.key == Key("argo", "holder"))
        await on.sees("● holder")
        await on.press("d")
        await on.sees("holds      mutex prod-db; 1 workflow waiting for it: waiter")
        await on.press("escape")
        await until(lambda: on.screen.key == Key("argo", "waiter"))


async def test_keys_pressed_while_it_loads_are_done_when_it_is_read(tmp_path: Path) -> None:
    async with console(tmp_path, broken(), opened="broken") as on:
        for view in ("tree", "graph"):
            on.app.open_workflow(Key("argo", "broken"), view)
            on.app.simulate_key("3")
            on.app.simulate_key("enter")
            await on.sees("◆ critical path", "✖ fit")
            await until(lambda: on.screen.body.inspecting)
            await on.press("escape", "escape")
    async with console(tmp_path, broken(), opened="broken") as on:
        on.app.open_workflow(Key("argo", "none"))
        await on.sees("There is no workflow none in argo.")
        await on.press("2")
        await on.sees("graph: the workflow was not read yet")


async def test_the_inspector_opens_and_closes_and_enter_goes_into_it(tmp_path: Path) -> None:
    async with console(tmp_path, broken(), opened="broken") as on:
        await on.sees(f"message    {OOM}")
        wide = on.screen.body.tree_view.size.width
        await on.press("i")
        await on.sees_no("message    ")
        await until(lambda: on.screen.body.tree_view.size.width > wide)
        await on.press("2", "1", "enter")
        await on.sees(f"message    {OOM}")
        assert on.screen.body.inspecting
        await on.press("escape")
        await on.sees_no("message    ")
        await on.press("i")
        await on.sees(f"message    {OOM}")
        assert not on.screen.body.inspecting
    async with console(tmp_path, broken(), opened="broken", size=NARROW) as on:
        await on.sees("✖ fit")
        await on.press("i")
        await on.sees(f"message    {OOM}")
        await on.press("i")
        await on.sees("✖ fit")


async def test_warnings_alone_are_a_key_away(tmp_path: Path) -> None:
    document = broken()
    about = {"kind": "Workflow", "namespace": "argo", "name": "broken"}
    happenings = [
        happened("one", "Pulled", "image is there") | {"involvedObject": about},
        happened("two", "BackOff", "again", "Warning") | {"involvedObject": about},
    ]
    async with console(tmp_path, document, opened="broken") as on:
        for each in happenings:
            on.cluster.objects.create(EVENTS, each)
        await on.press("e")
        await on.sees("Pulled", "▲ BackOff", "2 events")
        await on.press("ctrl+z")
        await on.sees("only warnings", "1 of 2 events")
        await on.sees_no("Pulled")
        await on.press("escape")
        await on.sees("Pulled", "2 events")
