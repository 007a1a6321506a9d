"""What there is to pick from: namespaces, contexts, themes, and what to sort by."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import on

from argotui.model.workflows.listing import ORDER, SORTS, Listing
from argotui.screens.dialogs.picker import PickerItem, PickerScreen
from argotui.themes import theme_id
from argotui.widgets.table.virtual_table import VirtualTable
from argotui.widgets.workflows.columns import COLUMNS

if TYPE_CHECKING:
    from argotui.backend.session import Session


def namespace_picker(session: Session, seen: Sequence[str]) -> PickerScreen:
    """Return the list of all namespaces that may be read; it gives "" for all of them together."""
    current = session.namespace or ""
    known = {current, session.cluster.default_namespace, *seen} - {""}
    choices = [PickerItem("", "all namespaces", current=not current)]
    choices += [PickerItem(name, name, current=name == current) for name in sorted(known)]

    async def load() -> tuple[list[PickerItem], str]:
        found = await session.readable()
        remark = "" if found.complete else "You cannot list namespaces; :ns NAME opens one."
        return [PickerItem(name, name) for name in found.names], remark

    return PickerScreen("Namespaces", choices, load)


def context_picker(current: str, names: Sequence[str]) -> PickerScreen:
    """Return the list of contexts of the kubeconfig."""
    choices = [PickerItem(name, name, current=name == current) for name in names]
    return PickerScreen("Contexts of the kubeconfig", choices)


class ThemePicker(PickerScreen):
    """Shows the console in the theme under the cursor; leaving it brings the one before back."""

    def __init__(self, current: str, names: Sequence[str]) -> None:
        super().__init__(
            "Themes: what is below is shown in the one under the cursor",
            [PickerItem(theme_id(name), name, current=theme_id(name) == current) for name in names],
        )
        self._before = current

    @on(VirtualTable.CursorMoved)
    def _moved(self, message: VirtualTable.CursorMoved) -> None:
        message.stop()
        if self.is_current and (name := self._table.cursor_key) is not None:
            self.app.theme = name

    def action_picker_pick(self) -> None:
        super().action_picker_pick()
        if (name := self._table.cursor_key) is not None:
            self.app.theme = name

    def action_picker_close(self) -> None:
        self.app.theme = self._before
        super().action_picker_close()


class SortPicker(PickerScreen):
    """Gives what to sort the list of workflows by, also columns that have no place now."""

    def __init__(self, listing: Listing) -> None:
        arrow = "↓" if listing.descending else "↑"
        super().__init__(
            "Sort by: enter takes one; the same again turns the order",
            [
                PickerItem(
                    name,
                    COLUMNS[name].title if name in COLUMNS else name,
                    _note(name, arrow if name == listing.sort else ""),
                    name == listing.sort,
                )
                for name in SORTS
            ],
            heading="SORT BY",
        )


def _note(name: str, arrow: str) -> str:
    if name == "attention":
        return ORDER
    if arrow:
        return f"{arrow} now"
    return "the most first" if SORTS[name].descending else ""
