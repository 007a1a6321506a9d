from __future__ import annotations

import pytest

from argotui.model.argo import Key
from argotui.widgets.tab_strip import Tab, TabStrip
from argotui.widgets.workflow.summary_strip import SummaryStrip
from tests.driven import settled
from tests.support import ManualClock
from tests.unit.screens.documents import analysis
from tests.unit.widgets.support import Harness, painting
from tests.unit.widgets.test_node_tree import read

KEY = Key("argo", "analysis")


class Strip(SummaryStrip):
    DEFAULT_CSS = "Strip { height: 2; }"


class Tabs(TabStrip):
    DEFAULT_CSS = "Tabs { height: 1; }"


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (
            140,
            ["analysis   ‖ waiting 4m", "2/5 nodes", "✔4 ●1 ‖1 ✖2", "by data-team", "~6m left"],
        ),
        (80, ["analysis   ‖ waiting 4m", "2/5", "✔4 ●1 ‖1 ✖2", "from visual-analysis"]),
    ],
)
async def test_it_says_what_fits(width: int, words: list[str]) -> None:
    clock = ManualClock()
    await clock.advance(240)
    strip = Strip(KEY)
    app = Harness(strip)
    async with app.run_test(size=(width, 5)):
        strip.show(read(analysis()), "", (), clock.now())
        await settled(app)
        text = "\n".join(app.screen_lines())
        for word in words:
            assert word in text
        assert all(len(line) <= width for line in app.screen_lines())


async def test_without_an_estimate_of_argo_the_usual_duration_is_said() -> None:
    clock = ManualClock()
    await clock.advance(240)
    strip = Strip(KEY)
    document = analysis()
    document["status"].pop("estimatedDuration", None)
    for node in document["status"]["nodes"].values():
        if node["type"] == "Suspend":
            node["phase"] = "Succeeded"
    async with Harness(strip).run_test(size=(140, 5)):
        strip.show(read(document), "", (), clock.now())
        assert "left" not in strip.text
        strip.usual = 600
        strip.show(read(document), "", (), clock.now())
        assert "usually ~6m left" in strip.text
        strip.usual = 60
        strip.show(read(document), "", (), clock.now())
        assert "longer than usual" in strip.text


async def test_a_message_is_text_without_its_secrets() -> None:
    document = analysis()
    document["status"]["message"] = "[/x] child failed: token=hunter2\nsecond line"
    strip = Strip(KEY)
    app = Harness(strip)
    async with app.run_test(size=(140, 5)):
        strip.show(read(document), "✖ deleted", (("stale 20s", "bad"),), ManualClock().now())
        await settled(app)
        text = "\n".join(app.screen_lines())
        assert "[/x] child failed: token=•••• second line" in text
        assert "✖ deleted  stale 20s" in text


@pytest.mark.parametrize("width", [60, 80, 140])
async def test_a_long_message_is_cut_in_its_middle_with_the_key_to_all_of_it(width: int) -> None:
    document = analysis()
    document["status"]["message"] = "the begin of it " + "and more " * 40 + "the cause at its end"
    strip = Strip(KEY)
    strip.more = "d: all of it"
    app = Harness(strip)
    async with app.run_test(size=(width, 5)):
        strip.show(read(document), "", (), ManualClock().now())
        await settled(app)
        line = app.screen_lines()[1]
        for words in ("the begin", "…", "at its end", "d: all of it"):
            assert words in line
        assert line.endswith("d: all of it")


async def test_a_passing_second_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    await clock.advance(250)
    strip = Strip(KEY)
    app = Harness(strip)
    async with app.run_test(size=(140, 5)):
        workflow = read(analysis())
        strip.show(workflow, "", (), clock.now())
        await settled(app)
        with painting(strip, monkeypatch) as painted:
            await clock.advance(1)
            strip.show(workflow, "", (), clock.now())
            await settled(app)
            assert len(painted) == 0
            await clock.advance(60)
            strip.show(workflow, "", (), clock.now())
            await settled(app)
            assert len(painted) > 0


async def test_a_click_on_a_tab_opens_it() -> None:
    tabs = Tabs()
    chosen: list[str] = []

    class App(Harness):
        def on_tab_strip_chosen(self, message: TabStrip.Chosen) -> None:
            chosen.append(message.action)

    app = App(tabs)
    async with app.run_test(size=(60, 3)) as pilot:
        tabs.show([Tab("a.tree", "1", "tree"), Tab("a.graph", "2", "graph")], "a.tree", "a note")
        await settled(app)
        assert app.screen_lines()[0].startswith(" 1 tree  2 graph ")
        assert app.screen_lines()[0].endswith("a note")
        await pilot.click(offset=(12, 0))
        await pilot.click(offset=(3, 0))
        assert chosen == ["a.graph", "a.tree"]
