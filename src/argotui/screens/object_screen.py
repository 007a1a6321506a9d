"""What the screens of one object have in common: facts about it, live."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from argotui.backend.throttle import Throttle
from argotui.screens.base import ConsoleScreen
from argotui.screens.object_reader import ObjectReader
from argotui.widgets.inspector import Inspector

if TYPE_CHECKING:
    from argotui.backend.store import StoreChanges

Reader = TypeVar("Reader", bound=ObjectReader[Any])


class ObjectScreen(ConsoleScreen, Generic[Reader]):
    """Base of the screens of one object of `reader`, shown again after each change."""

    def __init__(self, reader: Reader, *, rest: float = 0.0) -> None:
        """`rest` is that of a Throttle."""
        super().__init__()
        self.facts = Inspector()
        self._reader = reader
        self._stop: Callable[[], None] = lambda: None
        self._publish = Throttle(
            self.set_timer, self.show_object, lambda: self.console.settings.refresh_hz, rest=rest
        )

    def on_mount(self) -> None:
        self._stop = self._reader.listen(self._publish)
        self.show_object()

    def on_unmount(self) -> None:
        self._stop()

    def show_object(self) -> None:
        """Show the object as it was read last, and its runs."""
        raise NotImplementedError

    def store_changed(self, changes: StoreChanges) -> None:
        self._publish()

    def action_open_fact(self) -> None:
        """Open the workflow that the fact under the cursor names, or unfold the fact."""
        fact = self.facts.fact
        if fact is not None and fact.workflow is not None:
            self.console.open_workflow(fact.workflow)
        else:
            self.facts.toggle_row()
