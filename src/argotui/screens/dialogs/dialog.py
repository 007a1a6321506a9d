"""What lies over a screen: it dims what is below and shares no key with it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePath
from typing import ClassVar, TypeVar, cast

from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from argotui.actions import ACTIONS, actions_for
from argotui.actions.action import Action
from argotui.keymap import keys_of
from argotui.screens.bindings import bindings_for
from argotui.screens.console import Console
from argotui.widgets.footer import FooterBar, Hint

Result = TypeVar("Result")


class Dialog(ModalScreen[Result], inherit_bindings=False):
    """Base of all dialogs: keys from the table of actions, a line of hints, copying.

    An action that is not possible now is neither in the footer nor performed.
    """

    SCOPE: ClassVar[str] = "dialog"
    BINDINGS = bindings_for("dialog")
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = "dialog.tcss"

    @property
    def console(self) -> Console:
        return cast("Console", self.app)

    def is_possible(self, action_id: str) -> bool:
        """Return whether an action can be done now."""
        return True

    def footer_label(self, action: Action) -> str:
        """Return what the footer calls an action at this moment; empty leaves it out."""
        return action.label if action.footer else ""

    async def action_perform(self, action_id: str) -> None:
        if not self.is_possible(action_id):
            return
        action = ACTIONS[action_id]
        method: Callable[..., object] = getattr(self, action.method)
        result = method(*action.args)
        if hasattr(result, "__await__"):
            await result

    async def on_footer_bar_chosen(self, message: FooterBar.Chosen) -> None:
        message.stop()
        await self.action_perform(message.action)

    def hints(self) -> tuple[Hint, ...]:
        """Return the hints of this dialog's scope, for what is possible now."""
        return tuple(
            Hint(action.id, keys_of(action, self.console.keymap)[0], label)
            for action in actions_for(self.SCOPE)
            if self.is_possible(action.id) and (label := self.footer_label(action))
        )

    def copied_text(self) -> str:
        """Return what copying takes."""
        return ""

    def action_dialog_close(self) -> None:
        self.dismiss()

    def action_dialog_copy(self) -> None:
        self.console.copy(self.copied_text())

    def action_dialog_down(self) -> None:
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_dialog_up(self) -> None:
        self.query_one(VerticalScroll).scroll_up(animate=False)

    def action_dialog_next(self) -> None:
        self.focus_next()

    def action_dialog_previous(self) -> None:
        self.focus_previous()
