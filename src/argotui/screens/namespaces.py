"""Going to another namespace: which ones there are, and whether the wanted one exists."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App

from argotui.backend.freshness import Link
from argotui.errors import BackendError, ForbiddenError
from argotui.screens.console import InputProblem
from argotui.widgets.background import run_in_background

if TYPE_CHECKING:
    from argotui.backend.namespaces import Absence
    from argotui.backend.session import Session

READ_AGAIN = 60.0
"""Seconds after which the names of the namespaces are read again when they are needed."""


class NamespaceNavigator:
    """The application's part in namespaces, for as long as a session is open."""

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._session: Session | None = None
        self._names: list[str] = []
        self._read_at = float("-inf")
        self._looked_for: str | None = None
        self._before_all = ""

    def opened(self, session: Session) -> None:
        """Take up a session."""
        self._session = session
        self._names = []
        self._read_at = float("-inf")
        self._looked_for = None
        self._before_all = ""

    def known(self) -> list[str]:
        """Return the names that are known without asking."""
        if (session := self._session) is None:
            return []
        seen = {row.key.namespace for row in session.store.summaries()}
        own = {session.namespace or "", session.cluster.default_namespace}
        told = {*session.settings.namespaces, *self._names, *session.opened}
        return sorted((seen | own | told) - {""})

    def prepare(self) -> None:
        """Read the names again unless they were read a moment ago; they are needed soon."""
        session = self._session
        if session is None or session.clock.monotonic() - self._read_at < READ_AGAIN:
            return
        self._read_at = session.clock.monotonic()
        run_in_background(self._app, self._read(session), "namespaces", exclusive=True)

    async def _read(self, session: Session) -> None:
        try:
            try:
                names = await session.cluster.namespaces()
            except ForbiddenError:
                names = (await session.readable()).names
        except BackendError:
            return  # going to a namespace shows what is wrong
        if session is self._session:
            self._names = names

    def changed(self) -> None:
        """Check the namespace again after the store or its freshness changed."""
        if (session := self._session) is None:
            return
        session.note_opened()
        empty = session.feed.freshness.link is Link.LIVE and not len(session.store)
        if empty and session.namespace and session.namespace != self._looked_for:
            self._looked_for = session.namespace
            run_in_background(self._app, self._look_at_own(session), "absence", exclusive=True)

    async def _look_at_own(self, session: Session) -> None:
        await session.look_for_namespace()
        if session.absent is not None and session.feed.on_change is not None:
            session.feed.on_change()

    def leaving(self, to: str | None) -> None:
        """Remember the namespace that is left for another one (None: for all of them)."""
        session = self._session
        if session is not None and to is None and session.namespace in session.opened:
            self._before_all = session.namespace or ""

    def instead(self) -> str | None:
        """Return what to show instead: all namespaces (None), or the one before they were."""
        session = self._session
        if session is None or session.namespace is not None:
            return None
        return self._before_all or session.cluster.default_namespace or "default"

    def pick(self, switch: Callable[[str | None], None]) -> None:
        """Choose one of the namespaces that may be read, or all of them."""
        from argotui.screens.dialogs.pickers import namespace_picker

        def picked(name: str | None) -> None:
            if name is not None:
                switch(name or None)

        if self._session is not None:
            self._app.push_screen(namespace_picker(self._session, self.known()), picked)

    def go(
        self,
        namespace: str,
        enter: Callable[[], InputProblem | None],
        refuse: Callable[[InputProblem], None],
    ) -> InputProblem | None:
        """Call `enter` and return what it says, for a namespace that is known; else find it first.

        `refuse` is then called if the namespace does not exist, or with what `enter` returns.
        """
        session = self._session
        if session is None or namespace in self.known():
            return enter()
        run_in_background(
            self._app, self._find(session, namespace, enter, refuse), "namespace", exclusive=True
        )
        return None

    async def _find(
        self,
        session: Session,
        namespace: str,
        enter: Callable[[], InputProblem | None],
        refuse: Callable[[InputProblem], None],
    ) -> None:
        found: Absence | None
        try:
            found = await session.absence(namespace)
        except BackendError:
            found = None  # the screen that opens shows what is wrong
        if session is not self._session:
            return
        if found is not None and found.certain:
            refuse(InputProblem(found.words))
        elif problem := enter():
            refuse(problem)
