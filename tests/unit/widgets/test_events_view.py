from __future__ import annotations

from datetime import timedelta

import pytest

from argotui.backend.ports import EventRecord
from argotui.widgets.workflow.events import EventsView
from tests.driven import settled
from tests.support import EPOCH, ManualClock
from tests.unit.widgets.support import Harness, painting


def event(number: int, *, warning: bool = False, message: str = "", count: int = 1) -> EventRecord:
    return EventRecord(
        uid=f"uid-{number}",
        time=EPOCH - timedelta(seconds=100 - number),
        type="Warning" if warning else "Normal",
        reason="FailedMount" if warning else "Scheduled",
        kind="Pod",
        name=f"pod-{number}",
        message=message or f"message {number}",
        count=count,
    )


async def test_the_newest_stands_first_and_is_followed_until_the_cursor_leaves_it() -> None:
    clock = ManualClock()
    view = EventsView(clock.now)
    app = Harness(view)
    async with app.run_test(size=(120, 10)):
        events = [event(number) for number in range(50)]
        view.set_events(events)
        await settled(app)
        assert "message 49" in app.screen_lines()[0]

        view.set_events([*events, event(50)])
        assert view.selected == event(50)

        view.move_to(7)
        view.set_events([*events, event(50), event(51)])
        assert view.selected == event(43)


async def test_a_warning_has_a_sign_and_a_repeated_event_its_count() -> None:
    view = EventsView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(120, 10)):
        view.set_events([event(1, warning=True, count=3, message="[/x] no\nsuch volume")])
        await settled(app)
        line = app.screen_lines()[0]
        assert "▲ FailedMount" in line
        assert "×3 [/x] no such volume" in line
        assert "pod/pod-1" in line


async def test_a_filter_finds_in_all_columns() -> None:
    view = EventsView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(120, 10)):
        view.set_events([event(1), event(2, warning=True), event(3)])
        for pattern, numbers in (
            ("failed", [2]),
            ("pod-3", [3]),
            ("!warning", [1, 3]),
            ("", [1, 2, 3]),
        ):
            view.set_filter(pattern)
            assert [row.uid for row in view.rows] == [f"uid-{n}" for n in reversed(numbers)]
        view.set_filter("nothing like it")
        await settled(app)
        assert "No event matches." in app.screen_lines()[0]


async def test_only_ages_that_changed_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    view = EventsView(clock.now)
    app = Harness(view)
    async with app.run_test(size=(120, 10)):
        view.set_events([event(0), event(95)])
        await settled(app)
        with painting(view, monkeypatch) as painted:
            view.tick()
            await settled(app)
            assert len(painted) == 0
            await clock.advance(10)
            view.tick()
            await settled(app)
            assert painted.lines == [0]


async def test_warnings_are_shown_alone_and_stepped_through() -> None:
    view = EventsView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(120, 10)):
        await settled(app)
        assert app.screen_lines()[0] == " Reading the events …"
        view.set_events([event(n, warning=n in (2, 5)) for n in range(8)])
        assert view.has_warnings
        found = []
        for backwards in (False, False, False, True):
            assert view.step_warning(backwards=backwards)
            assert view.selected is not None
            found.append(view.selected.uid)
        assert found == ["uid-5", "uid-2", "uid-5", "uid-2"]

        view.show_warnings(True)
        assert [row.uid for row in view.rows] == ["uid-5", "uid-2"]
        view.set_events([event(9)])
        await settled(app)
        assert app.screen_lines()[0] == " No event is a warning."
        assert not view.step_warning()
        view.show_warnings(False)
        assert [row.uid for row in view.rows] == ["uid-9"]
        view.set_events([])
        await settled(app)
        assert app.screen_lines()[0].startswith(" No events.")


async def test_a_long_message_is_cut_in_its_middle() -> None:
    view = EventsView(ManualClock().now)
    app = Harness(view)
    async with app.run_test(size=(70, 10)):
        view.set_events([event(1, message="Back-off pulling " + "x" * 80 + ": not found")])
        await settled(app)
        assert view.is_cut
        assert app.screen_lines()[0].endswith(": not found")
        assert "Back-off" in app.screen_lines()[0]
        view.set_events([event(2, message="short")])
        assert not view.is_cut
