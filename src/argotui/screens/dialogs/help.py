"""All keys of a screen, with what can be typed after `:` and `/`."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from argotui.actions import actions_for
from argotui.keymap import keys_of
from argotui.screens.commands import COMMANDS
from argotui.screens.dialogs.dialog import Dialog
from argotui.widgets.footer import FooterBar

FILTERS: tuple[tuple[str, str], ...] = (
    ("etl.*prod", "a regular expression in any column"),
    ("name:^etl", "only in the name; also message:"),
    ("phase:failed", "with error; also stuck, waiting, denied, active and others"),
    ("phase:=Failed", "the phase that Argo has, that one alone"),
    ("template:etl-*", "also ns: and creator:"),
    ("age:<2h", "created less than two hours ago"),
    ("took:>10m", "how long it ran, or runs by now"),
    ("-l app=web", "labels, as with kubectl"),
    ("-f etlprd", "these letters in this order"),
    ("!phase:failed", "everything that does not match"),
    ('"two words"', "a text with spaces, taken literally"),
)

Block = tuple[str, list[tuple[str, str]]]
"""A title, and its rows of key and meaning."""

_COLUMN = 54
"""The least cells a column of the help needs."""


def help_blocks(scope: str, keymap: Mapping[str, str], *, filters: bool) -> list[Block]:
    """Return what the help of a screen says."""
    blocks: dict[str, list[tuple[str, str]]] = {}
    for action in actions_for(scope):
        keys = " ".join(keys_of(action, keymap))
        blocks.setdefault(action.group, []).append((keys, action.help))
    result = list(blocks.items())
    commands = [
        (f":{command.names[0]} {command.takes}".rstrip(), command.help) for command in COMMANDS
    ]
    result.append(("Commands", commands))
    if filters:
        result.append(("Filter, several at once", [(f"/{text}", what) for text, what in FILTERS]))
    return result


class HelpScreen(Dialog[None]):
    """The keys of a screen, in as many columns as fit."""

    CSS_PATH = ["dialog.tcss", "help.tcss"]

    def __init__(self, scope: str, keymap: Mapping[str, str]) -> None:
        super().__init__()
        self._blocks = help_blocks(scope, keymap, filters=scope == "workflows")
        self._footer = FooterBar()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            with VerticalScroll():
                yield HelpText(self._blocks)
            yield self._footer

    def on_mount(self) -> None:
        self._footer.show(self.hints())

    def copied_text(self) -> str:
        return "\n".join(f"{key:20}{meaning}" for _, rows in self._blocks for key, meaning in rows)


class HelpText(Widget):
    """Blocks of keys in as many columns as the width allows."""

    def __init__(self, blocks: list[Block]) -> None:
        super().__init__()
        self._blocks = blocks

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lay_out(width))

    def render(self) -> Content:
        return Content("\n").join(self._lay_out(self.content_size.width))

    def _lay_out(self, width: int) -> list[Content]:
        columns = max(1, width // _COLUMN)
        room = width // columns
        stacks: list[list[Content]] = [[] for _ in range(columns)]
        for title, rows in self._blocks:
            stack = min(stacks, key=len)
            stack.append(Content.styled(title, "bold"))
            keys = min(18, max(len(key) for key, _ in rows))
            for key, meaning in rows:
                stack.extend(_row(key, meaning, keys, room))
            stack.append(Content(""))
        lines = []
        for index in range(max(map(len, stacks))):
            parts = [stack[index] if index < len(stack) else Content("") for stack in stacks]
            lines.append(
                Content("").join(part.pad_right(room - part.cell_length) for part in parts)
            )
        return lines


def _row(key: str, meaning: str, keys: int, room: int) -> list[Content]:
    if len(key) > keys:
        return [*_row(key, "", len(key), room), *_row("", meaning, keys, room)]
    lines = textwrap.wrap(meaning, max(1, room - keys - 4)) or [""]
    return [
        Content.assemble((f"{'' if number else key:{keys}}", "$key bold"), "  ", (line, "$chrome"))
        for number, line in enumerate(lines)
    ]
