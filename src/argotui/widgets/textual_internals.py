"""All uses of private parts of Textual, each with why there is no public way.

Read this module when Textual is upgraded; nothing else in argotui names a private part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rich.color import ColorSystem
from rich.console import Console, RenderableType
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.events import Key
from textual.filter import LineFilter, Monochrome
from textual.screen import Screen
from textual.strip import Strip
from textual.timer import Timer
from textual.widgets import Input

# The public name of what a screen draws.
DrawnUpdate = CompositorUpdate


class WrittenUpdate(CompositorUpdate):
    """An update that is already in the terminal's words.

    `App._display` writes what `render_segments` returns.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def render_segments(self, console: Console) -> str:
        return self.text


def strips_of(update: CompositorUpdate) -> Iterator[tuple[int, int, Strip]]:
    """Yield what an update draws as `(y, x, strip)`.

    The two kinds of update keep their lines in private classes only.
    """
    if isinstance(update, LayoutUpdate):
        for y, line in enumerate(update.strips, update.region.y):
            x = update.region.x
            for strip in line:
                yield y, x, strip
                x += strip.cell_length
    elif isinstance(update, ChopsUpdate):
        for y, left, right in update.spans:
            ends, chops = update.chop_ends[y], update.chops[y]
            for end, (x, chop) in zip(ends, chops.items(), strict=True):
                if chop is not None and x < right and end > left:
                    start = max(x, left)
                    yield y, start, chop.crop(start - x, min(end, right) - x)


def colour_system(console: Console) -> ColorSystem:
    """Return how many colours a console writes; Rich makes only its name public."""
    return console._color_system or ColorSystem.TRUECOLOR


def filter_drawing(
    app: App[Any], reduce: Callable[[RenderableType | None], RenderableType | None]
) -> None:
    """Have `reduce` return what is left to send of all that an application draws; None sends
    nothing.

    All that Textual draws goes through `App._display`; nothing public does. `reduce` is asked
    under the conditions under which `App._display` sends anything at all.
    """
    display = app._display

    def filtered(screen: Screen[Any], renderable: RenderableType | None) -> None:
        sends = app._running and not app._closed and not app.is_headless and not app._batch_count
        left = reduce(renderable) if sends else renderable
        if left is not None:
            display(screen, left)

    setattr(app, "_display", filtered)  # noqa: B010  # mypy: assigning to a method


def drop_grey(app: App[Any]) -> None:
    """Take away the filter that draws in shades of grey if NO_COLOR is set, even if empty.

    Textual adds it by itself, and has no public list of filters.
    """
    app._filters = [each for each in app._filters if not isinstance(each, Monochrome)]


def use_filter(app: App[Any], line_filter: LineFilter) -> None:
    """Draw every line through a filter, and through no other."""
    app._filters = [line_filter]


async def act_on_key(app: App[Any], key: str, *, priority: bool = False) -> bool:
    """Do what is bound to a key; return whether anything is.

    `App.on_event` does this and more with the same event, such as handing it to the focus.
    """
    return await app._check_bindings(key, priority=priority)


async def type_into(line: Input, event: Key) -> None:
    """Put a typed character into a line at once, rather than into the line's queue of events."""
    await line._on_key(event)


def keep_beat(timer: Timer) -> None:
    """Make a timer of one beat call back even if that beat is already past.

    Textual skips such beats, and `set_timer` has no parameter for it.
    """
    timer._skip = False


def write_to_terminal(app: App[Any], text: str) -> None:
    """Write an escape sequence to the terminal; without a terminal, do nothing.

    Textual has no public way to write what is not drawn.
    """
    if (driver := app._driver) is not None:
        driver.write(text)
        driver.flush()


def end_quietly_on_fault(app: App[Any], on_fault: Callable[[Exception], None]) -> None:
    """Close an application on an unhandled exception, which `on_fault` gets, and print nothing.

    Textual would print the values of all local variables, which may be secrets of a cluster.
    """
    handle = app._handle_exception

    def handle_exception(error: Exception) -> None:
        on_fault(error)
        handle(error)

    def close(*_: object) -> None:
        app._close_messages_no_wait()

    setattr(app, "_handle_exception", handle_exception)  # noqa: B010  # mypy: as above
    setattr(app, "_fatal_error", close)  # noqa: B010
    setattr(app, "panic", close)  # noqa: B010
