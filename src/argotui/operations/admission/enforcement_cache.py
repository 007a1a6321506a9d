"""A cache of the enforcement of namespaces, filled in the background."""

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
MAX_AGE = 30.0
"""Seconds until an answer is stale."""
FAILED_MAX_AGE = 5.0
"""Seconds until a failed answer is stale."""
_NEVER = float("-inf")


class EnforcementCache:
    """Answers by namespace: request them with `want`, read them with `get`.

    `trying` False sends no dry run. `port` None sends nothing at all. No method but `close` waits,
    and none raises. Each new answer that differs from the last calls the `listeners`.
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
        """Whether a request is under way."""
        return bool(self._asking)

    def get(self, namespace: str) -> NamespaceEnforcement | None:
        """Return the last answer for a namespace, None before the first."""
        if self._port is None:
            return unknown(namespace)
        found = self._found.get(namespace)
        return found[1] if found else None

    def for_gate(
        self, namespace: str, workflow: Workflow | None, node_id: str
    ) -> Enforcement | None:
        """Return the enforcement of one gate by the last answer; None before the first."""
        enforcement = self.get(namespace)
        return enforcement.for_gate(workflow, node_id) if enforcement else None

    def want(self, keys: Iterable[Key]) -> None:
        """Request the missing and stale answers for the namespaces of these workflows.

        The dry run of a namespace uses one of its workflows.
        """
        if self._port is None:
            return
        for key in keys:
            if key.namespace not in self._asking and not self._is_current(key.namespace):
                task = asyncio.create_task(self._ask(self._port, key))
                self._asking[key.namespace] = task

    def refresh(self) -> None:
        """Mark all cached answers stale."""
        self._sets = None
        self._found = {
            name: (_NEVER, enforcement) for name, (_, enforcement) in self._found.items()
        }

    def _is_current(self, namespace: str) -> bool:
        if namespace not in self._found:
            return False
        at, enforcement = self._found[namespace]
        return self._clock.monotonic() - at < (FAILED_MAX_AGE if enforcement.failed else MAX_AGE)

    async def _ask(self, port: AdmissionPort, key: Key) -> None:
        before = self.get(key.namespace)
        try:
            async with self._slots:
                sets = await self._known_sets(port)
                enforcement = await namespace_enforcement(
                    port, key.namespace, workflow=key.name, trying=self._trying, sets=sets
                )
        except Exception as error:  # a screen works without this
            log.warning("asking about %s ended with %s", key.namespace, type(error).__name__)
            enforcement = unknown(key.namespace, "it could not be asked", failed=True)
        finally:
            self._asking.pop(key.namespace, None)
        self._found[key.namespace] = self._clock.monotonic(), enforcement
        if enforcement != before:
            for listener in tuple(self.listeners):
                listener()

    async def _known_sets(self, port: AdmissionPort) -> Sequence[InstalledSet] | BackendError:
        """Return the sets in the cluster, which are read once for all namespaces."""
        async with self._reading:
            now = self._clock.monotonic()
            if self._sets is not None:
                at, sets = self._sets
                if now - at < (FAILED_MAX_AGE if isinstance(sets, BackendError) else MAX_AGE):
                    return sets
            found = await sets_or_why(port)
            self._sets = now, found
            return found

    async def close(self) -> None:
        """Cancel all requests, and send no more."""
        self._port = None
        self.listeners.clear()
        await cancel(*self._asking.values())
