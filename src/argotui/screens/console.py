"""What the application offers to the screens, as protocols.

This module imports no screen, and every screen may import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Collection, Mapping, Sequence

    from textual.screen import Screen

    from argotui.backend.session import Session
    from argotui.config.settings import Settings
    from argotui.errors import BackendError
    from argotui.model.argo import Key
    from argotui.model.gates.decision import Choice
    from argotui.model.gates.drafts import ReasonDrafts
    from argotui.operations.gates.decide import Result
    from argotui.operations.gates.review import Review
    from argotui.operations.gates.service import GateService
    from argotui.widgets.status import Parts


@dataclass(frozen=True, slots=True)
class InputProblem:
    """Describe what is wrong with typed text, and at which character."""

    text: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class Connection:
    """Describe the connection: `state` is connecting, ready or failed.

    `context` and `namespace` say where it leads, as far as known before it is ready.
    """

    state: str
    context: str = ""
    namespace: str = ""
    server: str = ""
    error: BackendError | None = None


class ColumnsOwner(Protocol):
    """A screen whose columns the user can choose."""

    columns: list[str]
    """The ids of the chosen columns; empty for the default ones."""

    def all_columns(self) -> list[tuple[str, str, bool]]:
        """Return (id, title, shown) for every column, in order."""
        ...

    def columns_chosen(self) -> None: ...


class GateNavigation(Protocol):
    """Opens the screens of gates and sends decisions; the application has one."""

    drafts: ReasonDrafts
    """Reasons that were typed and not sent."""

    @property
    def gate_service(self) -> GateService: ...
    def open(self, key: Key, node_id: str, /) -> None: ...
    def open_any(self, node_ids: Sequence[str], key: Key, /) -> None: ...
    def open_of(self, key: Key, /) -> str | None: ...
    def decide_at(self, keys: Collection[Key], /) -> str | None: ...
    def send(
        self,
        review: Review,
        choice: Choice,
        values: Mapping[str, str],
        reason: str,
        /,
        asker: Screen[Any],
    ) -> asyncio.Task[Result]: ...


class Console(Protocol):
    """What a screen may ask of the application."""

    connection: Connection

    @property
    def settings(self) -> Settings: ...
    @property
    def session(self) -> Session: ...
    @property
    def session_or_none(self) -> Session | None: ...
    @property
    def keymap(self) -> dict[str, str]: ...

    def header_parts(self) -> tuple[Parts, Parts, Parts]: ...
    @property
    def gates(self) -> GateNavigation: ...
    def open_view(self, name: str, filter_text: str = "") -> InputProblem | None: ...
    def open_workflow(self, key: Key, view: str = "", *, node: str = "") -> None: ...
    def open_logs(
        self, key: Key, node_id: str | None = None, container: str | None = None
    ) -> None: ...
    def open_logs_of(self, keys: Sequence[Key]) -> None: ...
    def show_error(self, error: BackendError) -> None: ...
    def show_help(self) -> None: ...
    def show_doctor(self) -> None: ...
    def show_palette(self) -> None: ...
    def known(self, kind: str) -> list[str]: ...
    def retry_connection(self) -> None: ...
    def redraw(self) -> None: ...
    def switch_namespace(self, namespace: str | None) -> None: ...
    def toggle_all_namespaces(self) -> None: ...
    def switch_context(self, context: str) -> None: ...
    def pop_to_list(self) -> None: ...
    def run_command(self, text: str) -> InputProblem | None: ...
    def take_back_command(self) -> str: ...
    def prepare_command(self) -> None: ...
    def complete_command(self, text: str) -> list[str]: ...
    def command_history(self) -> list[str]: ...
    def travel(self, step: int) -> str | None: ...
    def repeat_last(self) -> str | None: ...
    def request_quit(self) -> bool: ...
    def leave(self) -> None: ...
    def copy(self, text: str) -> None: ...
