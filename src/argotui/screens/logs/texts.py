"""Texts of the log screen: the sources, how far they are read, and why there are no lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from argotui.backend.freshness import Freshness, Link
from argotui.model.counted import counted, none_of
from argotui.operations.logs.container_log import LogOptions, LogState
from argotui.operations.logs.targets import NO_POD_RAN, NO_POD_YET, why_no_pod
from argotui.operations.logs.together import LogsTogether
from argotui.screens.messages import key
from argotui.widgets.header import freshness_text
from argotui.widgets.logs.view import LogView
from argotui.widgets.notice import Message
from argotui.widgets.status import Parts


def place_parts(name: str, target: str, container: str, reading: LogsTogether | None) -> Parts:
    """Return the sources of these logs, and how many there are."""
    parts: list[tuple[str, str]] = [("logs  ", "chrome"), (name, "strong")]
    if target:
        parts += [(" / ", "chrome"), (target, "strong")]
    if reading is not None and reading.logs:
        sources = reading.sources
        if len(sources) == 1:
            parts.append((f"   {sources[0].pod}", "chrome"))
            container = sources[0].container
        else:
            pods = len({source.pod for source in sources})
            parts.append((f"   {counted(pods, 'pod')}", "chrome"))
    parts.append((f"   {container}", "chrome"))
    return tuple(parts)


def range_text(options: LogOptions, minutes: int | None) -> str:
    """Return which part of the past is read."""
    if options.previous:
        return "the run before"
    if minutes is not None:
        return f"since {minutes}m" if minutes < 60 else f"since {minutes // 60}h"
    return f"last {options.tail:,}" if options.tail is not None else "from the start"


def state_parts(view: LogView, reading: LogsTogether | None, past: str, now: float) -> Parts:
    """Return whether the view follows, and whether what it follows is live."""
    new = view.new_below
    if reading is None:
        moving: Parts = ()
    elif view.following:
        over = reading.freshness.link is Link.CLOSED
        moving = (("ended" if over else "following", "text"),)
    elif new:
        moving = ((f"paused, {new:,} new", "strong"),)
    else:
        moving = (("paused", "strong"),)
    parts: Parts = ((f"{past}   ", "chrome"), *moving)
    if reading is None or reading.freshness.link is Link.CLOSED:
        return parts
    if forbidden := reading.forbidden:
        parts = (*parts, (f"   {forbidden} forbidden", "problem"))
    waiting = sum(log.state is LogState.WAITING for log in reading.logs)
    if waiting:
        parts = (*parts, (f"   {waiting} not started", "chrome"))
    return (*parts, *_link_parts(reading.freshness, now))


def _link_parts(freshness: Freshness, now: float) -> Parts:
    text, role = freshness_text(freshness, now)
    if freshness.link is Link.STALE and freshness.error is not None:
        text = f"{text}: {freshness.error.title}"
    return (("   " + text, "problem" if role == "bad" else "chrome"),)


def count_parts(view: LogView) -> Parts:
    """Return how many lines there are, and how many were given up to bound the memory."""
    count = len(view.buffer)
    parts: Parts = ((counted(count, "line"), "text"),)
    if view.buffer.dropped:
        parts = (*parts, (f", {view.buffer.dropped:,} older dropped", "chrome"))
    return parts


def filter_parts(view: LogView, text: str) -> Parts:
    """Return the filter and how often it is found."""
    if not text:
        return ()
    found = "searching …" if view.searching else counted(view.hits or 0, "hit")
    rest = "" if view.only_hits else ", all lines shown"
    return ((f"/{text}", "strong"), (f"   {found}{rest}", "text"))


def empty_message(
    view: LogView,
    reading: LogsTogether | None,
    text: str,
    keymap: Mapping[str, str],
    now: datetime,
) -> Message | None:
    """Return what to show instead of lines; None if there are lines."""
    if view.shown_count:
        return None
    if len(view.buffer):
        return None if view.searching else _no_hit(view, reading, text, keymap)
    if reading is None:
        return Message("loading", "Reading the workflow …")
    waiting = [log for log in reading.logs if log.state is LogState.WAITING]
    if waiting:
        reasons = sorted({log.error.detail or log.error.title for log in waiting if log.error})
        return Message("loading", "Nothing has started yet.", "\n".join(reasons[:5]))
    fresh = reading.freshness
    if fresh.link in (Link.STALE, Link.FORBIDDEN) and (failure := fresh.error) is not None:
        again = fresh.link is Link.STALE
        hint = "argotui tries again by itself." if again else failure.hint
        return Message("broken", failure.title, failure.detail, (hint,) if hint else ())
    if not reading.logs:
        return _no_pod(reading, now)
    older = (f"{key('logs.head', keymap)}  reads from the first line on",)
    if reading.freshness.link is Link.CLOSED:
        return Message("empty", "Nothing was written.", hints=older)
    return Message("empty", "No line yet.", hints=older)


def _no_hit(
    view: LogView, reading: LogsTogether | None, text: str, keymap: Mapping[str, str]
) -> Message:
    hints = [
        f"{key('go.back', keymap)}  clears the filter",
        f"{key('logs.only', keymap)}  shows all lines",
    ]
    if reading is not None and reading.may_have_older:
        last = counted(reading.ask.tail or 0, "line of each log was", "lines of each log were")
        asked = f"only the last {last} searched"
        hints.insert(0, f"{key('logs.head', keymap)}  reads from the start: {asked}")
    if len(text) > 2 and text[0] == text[-1] == '"':
        hints.insert(0, f"/{text[1:-1]}  searches without the quotes, which count here")
    title = none_of(len(view.buffer), "line", f"has /{text}", f"does not have /{text}")
    return Message("empty", title, hints=tuple(hints))


def _no_pod(reading: LogsTogether, now: datetime) -> Message:
    """Return why there is no log at all."""
    told = [
        line
        for each in reading.readings
        if each.workflow is not None
        for line in why_no_pod(each.workflow, each.target, now)
    ]
    over = reading.freshness.link is Link.CLOSED
    said = NO_POD_RAN if over else NO_POD_YET
    hints = () if over else ("Lines appear here as pods start.",)
    return Message("empty", f"{said}.", "\n".join(told[:5]), hints)
