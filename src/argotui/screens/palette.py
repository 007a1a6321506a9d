"""The command palette: the same actions as the keys, those that can be done now."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.markup import escape

from argotui.actions import CONSOLE, actions_for
from argotui.keymap import keys_of
from argotui.screens.base import ConsoleScreen

if TYPE_CHECKING:
    from argotui.screens.base import Console

_SILENT = frozenset({"go.palette"})


class _Entry(NamedTuple):
    name: str
    help: str
    run: Callable[[], object]


class ActionProvider(Provider):
    """Finds actions of the screen below, and the themes, by their words."""

    def _entries(self) -> Iterator[_Entry]:
        screen = self.screen
        if not isinstance(screen, ConsoleScreen):
            return
        console = cast("Console", self.app)
        for action in actions_for(screen.SCOPE):
            if action.id in _SILENT or action.id.startswith("move.") or screen.why_not(action):
                continue
            group = "" if CONSOLE in action.scopes else f"{action.group.lower()}: "
            keys = " ".join(keys_of(action, console.keymap))
            yield _Entry(
                f"{group}{action.label}",
                f"{action.help}  ({keys})",
                partial(screen.perform, action.id),
            )
        for name in console.known("theme"):
            yield _Entry(
                f"theme: {name}",
                "Change the colours",
                partial(console.run_command, f"theme {name}"),
            )

    async def discover(self) -> Hits:
        for entry in self._entries():
            yield DiscoveryHit(Content(entry.name), entry.run, entry.name, escape(entry.help))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for entry in self._entries():
            score = max(matcher.match(entry.name), matcher.match(entry.help) * 0.5)
            if score > 0:
                yield Hit(
                    score, matcher.highlight(entry.name), entry.run, entry.name, escape(entry.help)
                )
