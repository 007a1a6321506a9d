"""All keys of a screen, with what can be typed after `:` and `/`."""

from __future__ import annotations

from collections.abc import Mapping

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from argotui.actions import actions_for
from argotui.keymap import keys_of
from argotui.screens.commands import COMMANDS
from argotui.screens.dialog import Dialog
from argotui.widgets.footer import FooterBar

FILTERS: tuple[tuple[str, str], ...] = (
    ("etl.*prod", "a regular expression in any column"),
    ("name:^etl", "only in the name; also message:"),
    ("phase:failed", "also running, waiting, active, completed"),
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
        self._text = Static(markup=False)
        self._footer = FooterBar()

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            with VerticalScroll():
                yield self._text
            yield self._footer

    def on_mount(self) -> None:
        self._footer.show(self.hints())

    def on_resize(self, event: Resize) -> None:
        room = event.size.width - 6
        self._text.update(self._lay_out(max(1, room // _COLUMN)))

    def _lay_out(self, columns: int) -> Content:
        stacks: list[list[Content]] = [[] for _ in range(columns)]
        for title, rows in self._blocks:
            stack = min(stacks, key=len)
            stack.append(Content.styled(title, "bold"))
            width = min(18, max(len(key) for key, _ in rows))
            for key, meaning in rows:
                stack.extend(_row(key, meaning, width))
            stack.append(Content(""))
        lines = []
        for index in range(max(map(len, stacks))):
            parts = [stack[index] if index < len(stack) else Content("") for stack in stacks]
            lines.append(
                Content("").join(part.pad_right(_COLUMN - part.cell_length) for part in parts)
            )
        return Content("\n").join(lines)

    def copied_text(self) -> str:
        return "\n".join(f"{key:20}{meaning}" for _, rows in self._blocks for key, meaning in rows)


def _row(key: str, meaning: str, width: int) -> list[Content]:
    if len(key) > width:
        return [_row(key, "", len(key))[0], *_row("", meaning, width)]
    line = Content.assemble((f"{key:{width}}", "$key bold"), "  ", (meaning, "$chrome"))
    return [line.truncate(_COLUMN - 2, ellipsis=True)]
