"""How the gates of namespaces are kept, asked in the background and kept for a while."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence

from argotui.backend.backoff import cancel
from argotui.backend.clock import Clock
from argotui.backend.ports import AdmissionPort
from argotui.errors import BackendError
from argotui.model.argo import Key, Workflow
from argotui.operations.admission.enforcement import (
    Enforcement,
    InstalledSet,
    NamespaceEnforcement,
    namespace_enforcement,
    sets_or_why,
    unknown,
)

log = logging.getLogger(__name__)

AT_ONCE = 4
KEPT = 30.0
"""Seconds after which a namespace is asked about again."""
KEPT_FAILED = 5.0
"""The same where the answer failed."""
_NEVER = float("-inf")


class EnforcementCache:
    """Answers by namespace: say which are looked at with `want`, read them with `get`.

    With `trying` False no dry run is sent. `port` None means that nothing can be asked. Nothing
    here waits or raises; `listeners` are told when an answer came that differs from the last.
    """

    def __init__(self, port: AdmissionPort | None, clock: Clock, *, trying: bool = True) -> None:
        self.listeners: set[Callable[[], None]] = set()
        self._port = port
        self._clock = clock
        self._trying = trying
        self._found: dict[str, tuple[float, NamespaceEnforcement]] = {}
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._reading = asyncio.Lock()
        self._sets: tuple[float, Sequence[InstalledSet] | BackendError] | None = None

    @property
    def busy(self) -> bool:
        """Whether something is being asked."""
        return bool(self._asking)

    def get(self, namespace: str) -> NamespaceEnforcement | None:
        """Return the last answer about a namespace, None before the first."""
        if self._port is None:
            return unknown(namespace)
        found = self._found.get(namespace)
        return found[1] if found else None

    def for_gate(
        self, namespace: str, workflow: Workflow | None, node_id: str
    ) -> Enforcement | None:
        """Return how one gate is kept, as far as the last answer tells; None before the first."""
        enforcement = self.get(namespace)
        return enforcement.for_gate(workflow, node_id) if enforcement else None

    def want(self, keys: Iterable[Key]) -> None:
        """Have the namespaces of these workflows asked about where the answer is old or missing.

        A workflow of each may be used for a dry run.
        """
        if self._port is None:
            return
        for key in keys:
            if key.namespace not in self._asking and not self._is_current(key.namespace):
                task = asyncio.create_task(self._ask(self._port, key))
                self._asking[key.namespace] = task

    def refresh(self) -> None:
        """Hold every answer for old."""
        self._sets = None
        self._found = {
            name: (_NEVER, enforcement) for name, (_, enforcement) in self._found.items()
        }

    def _is_current(self, namespace: str) -> bool:
        if namespace not in self._found:
            return False
        at, enforcement = self._found[namespace]
        return self._clock.monotonic() - at < (KEPT_FAILED if enforcement.failed else KEPT)

    async def _ask(self, port: AdmissionPort, key: Key) -> None:
        before = self.get(key.namespace)
        try:
            async with self._slots:
                sets = await self._known_sets(port)
                enforcement = await namespace_enforcement(
                    port, key.namespace, workflow=key.name, trying=self._trying, sets=sets
                )
        except Exception as error:  # a screen goes on without this, whatever it was
            log.warning("asking about %s ended with %s", key.namespace, type(error).__name__)
            enforcement = unknown(key.namespace, "it could not be asked", failed=True)
        finally:
            self._asking.pop(key.namespace, None)
        self._found[key.namespace] = self._clock.monotonic(), enforcement
        if enforcement != before:
            for listener in tuple(self.listeners):
                listener()

    async def _known_sets(self, port: AdmissionPort) -> Sequence[InstalledSet] | BackendError:
        """Return the sets in the cluster, read once for all namespaces."""
        async with self._reading:
            now = self._clock.monotonic()
            if self._sets is not None:
                at, sets = self._sets
                if now - at < (KEPT_FAILED if isinstance(sets, BackendError) else KEPT):
                    return sets
            found = await sets_or_why(port)
            self._sets = now, found
            return found

    async def close(self) -> None:
        """Stop asking."""
        self._port = None
        self.listeners.clear()
        await cancel(*self._asking.values())
