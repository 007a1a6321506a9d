"""An application that a test drives: what stands on its screen, and when it came to rest."""

from __future__ import annotations

import asyncio
from typing import Any

from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot

from tests.support import until


def lines_of(app: App[Any]) -> list[str]:
    """Return what stands on the screen, line by line; before the first layout it is empty."""
    lines = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    return lines or [""] * app.size.height


def text_of(app: App[Any]) -> str:
    """Return what stands on the screen."""
    return "\n".join(lines_of(app))


async def drained(pump: MessagePump) -> None:
    """Wait until what was sent to a widget by now is done, or the widget is."""
    handled = asyncio.Event()
    pump.call_later(handled.set)
    await until(lambda: handled.is_set() or not pump.is_running, what="the messages of a widget")


async def drained_all(app: App[Any]) -> None:
    """Wait until the application, what has the keys and the screen did what they were sent."""
    for pump in (app, app.focused, app.screen):
        if pump is not None:
            await drained(pump)


def is_quiet(app: App[Any]) -> bool:
    """Say whether all that was asked for by now is on the screen."""
    screen = app.screen
    return (
        not screen._dirty_widgets
        and not screen._layout_required
        and not screen._scroll_required
        and not any(widget._repaint_required for widget in screen._compositor.visible_widgets)
        and app._message_queue.empty()
        and screen._message_queue.empty()
    )


async def settled(app: App[Any]) -> None:
    """Wait until every widget did what it was sent, and what was asked for is on the screen."""
    pilot = Pilot(app)
    while True:
        await pilot._wait_for_screen()
        await until(lambda: is_quiet(app), what="a quiet screen")
        await pilot._wait_for_screen()
        if is_quiet(app):
            return


async def at_rest(pilot: Pilot[Any]) -> list[str]:
    """Return the lines of the screen once all is `settled` and they stay the same.

    What was drawn may send a message, as what counts the lines that were seen does, and what comes
    of that may be drawn anew.
    """
    app = pilot.app
    before: list[str] = []
    while before != (now := lines_of(app)):
        before = now
        await settled(app)
    return before
