"""Timers on a machine that is so busy that their time is over before they begin."""

from __future__ import annotations

import ast
import asyncio
import itertools
from importlib import import_module
from pathlib import Path

import pytest
from textual import _time
from textual.app import App, ComposeResult
from textual.timer import Timer, TimerCallback
from textual.widget import Widget

import argotui
from argotui.backend.throttle import Throttle
from argotui.widgets import timers
from argotui.widgets.timers import AtRest, SureTimers
from tests.support import until


class TimedWidget(Widget, SureTimers):
    """A widget that says when it was called."""

    called = 0

    def call(self) -> None:
        self.called += 1


class Host(App[None]):
    def compose(self) -> ComposeResult:
        yield TimedWidget()


async def test_a_timer_calls_once_although_its_time_was_over_before_it_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Host()
    async with app.run_test():
        widget = app.query_one(TimedWidget)
        late = itertools.count(1000)
        monkeypatch.setattr(_time, "get_time", lambda: float(next(late)))
        timer = widget.set_timer(0.001, widget.call)
        await until(lambda: widget.called)
        assert timer._task is not None
        await timer._task
        assert widget.called == 1


async def test_of_calls_in_quick_succession_the_first_and_the_last_are_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timers, "REST_SECONDS", 3600.0)
    app = Host()
    async with app.run_test():
        widget = app.query_one(TimedWidget)
        at_rest = AtRest(widget.set_timer, widget.call)
        for _ in range(4):
            at_rest()
        assert widget.called == 1
        at_rest.finish()
        at_rest.finish()
        assert widget.called == 2


async def test_the_last_call_is_made_as_soon_as_calls_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Host()
    async with app.run_test():
        widget = app.query_one(TimedWidget)
        at_rest = AtRest(widget.set_timer, widget.call)
        monkeypatch.setattr(timers, "REST_SECONDS", 3600.0)
        at_rest()
        monkeypatch.setattr(at_rest, "_after", lambda seconds, call: widget.set_timer(0.001, call))
        at_rest()
        assert widget.called == 1
        await until(lambda: widget.called == 2)


async def test_a_throttle_makes_one_call_of_many_and_then_waits() -> None:
    app = Host()
    async with app.run_test():
        widget = app.query_one(TimedWidget)
        throttle = Throttle(widget.set_timer, widget.call, lambda: 1 / 3600)
        throttle()
        throttle()
        await until(lambda: widget.called == 1)
        assert not throttle.waits
        throttle()
        assert throttle.waits
        throttle(at_once=True)
        await until(lambda: widget.called == 2)
        throttle()
        throttle.call_now()
        assert widget.called == 3
        assert not throttle.waits
        throttle()
        throttle.cancel()
        assert not throttle.waits


async def test_a_slow_call_is_followed_by_a_rest() -> None:
    app = Host()
    async with app.run_test():
        widget = app.query_one(TimedWidget)
        pauses: list[float] = []

        def after(seconds: float, _: TimerCallback) -> Timer:
            pauses.append(seconds)
            return widget.set_timer(3600.0, widget.call)

        def draw() -> None:
            began = asyncio.get_running_loop().time()
            while asyncio.get_running_loop().time() - began < 0.001:
                pass

        throttle = Throttle(after, draw, lambda: 1000.0, rest=1e6)
        throttle.call_now()
        throttle()
        assert pauses[0] > 100.0


def setting_timers() -> list[tuple[str, str]]:
    """Module and name of each class of argotui that sets timers."""
    sources = Path(argotui.__file__).parent
    return [
        (".".join(path.relative_to(sources.parent).with_suffix("").parts), node.name)
        for path in sorted(sources.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
        and any(
            isinstance(part, ast.Attribute) and part.attr == "set_timer" for part in ast.walk(node)
        )
    ]


@pytest.mark.parametrize(("module", "name"), setting_timers())
def test_whatever_sets_timers_can_rely_on_them(module: str, name: str) -> None:
    assert issubclass(getattr(import_module(module), name), SureTimers)
