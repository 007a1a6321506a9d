"""The gates of one session: the open gates of all namespaces, their enforcement, and the decisions
under way."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

from argotui.backend.backoff import cancel
from argotui.backend.feed import Feed
from argotui.backend.freshness import Freshness, Link
from argotui.backend.session import Session
from argotui.backend.store import Store
from argotui.backend.throttle import Throttle, on_loop
from argotui.model.argo import Key
from argotui.model.gates.decision import Choice, Outcome
from argotui.model.gates.inbox import GateId, OpenGate
from argotui.model.workflows.summary import Summary
from argotui.operations.admission.enforcement_cache import EnforcementCache
from argotui.operations.gates.context import open_context
from argotui.operations.gates.decide import Result, decide
from argotui.operations.gates.effects import EffectObservers
from argotui.operations.gates.review import DecisionContext, Review

log = logging.getLogger(__name__)


def session_context(session: Session) -> DecisionContext:
    """Return the decision context of a session, as its settings say; raises `ConfigError`."""
    return open_context(session.backend.gates, session.settings, session.clock)


def enforcement_cache_of(session: Session) -> EnforcementCache:
    """Return the enforcement cache of a session; a read-only session sends no dry runs."""
    return EnforcementCache(session.backend.admission, session.clock, trying=not session.read_only)


class GateService:
    """Watches and decides gates, one service per session; `close` it before the session.

    `on_new` receives the gates that open while it watches, not those that were open before.
    """

    def __init__(
        self,
        session: Session,
        on_new: Callable[[list[OpenGate]], None],
        *,
        make_context: Callable[[Session], DecisionContext] = session_context,
    ) -> None:
        self.session = session
        self.gates: dict[GateId, OpenGate] = {}
        """The open gates that the user can read, by id, as of the last change."""
        self.listeners: set[Callable[[], None]] = set()
        """Called after each change of `gates` or of their freshness."""
        self.enforcement_cache = enforcement_cache_of(session)
        """Which gates the cluster enforces, and for whom."""
        self._make_context = make_context
        self._decision_context: DecisionContext | None = None
        self._on_new = on_new
        self._known: set[GateId] | None = None
        self._own: tuple[Store, Feed] | None = None
        self._task: asyncio.Task[None] | None = None
        self._publish = Throttle(on_loop, self.changed, lambda: session.settings.refresh_hz)
        self._watching = False
        self._decisions: set[asyncio.Task[Result]] = set()
        self._observers: EffectObservers | None = None
        self._closing = False

    @property
    def decision_context(self) -> DecisionContext:
        """The decision context, created at first use; raises `ConfigError`."""
        if self._decision_context is None:
            self._decision_context = self._make_context(self.session)
        return self._decision_context

    # Watching.

    @property
    def feed(self) -> Feed:
        """The feed that updates the gates."""
        return self._own[1] if self._own else self.session.feed

    @property
    def freshness(self) -> Freshness:
        return self.feed.freshness

    def watch(self) -> None:
        """Update `gates` of all namespaces from now on."""
        if not self._watching:
            self._watching = True
            self.follow()

    def follow(self) -> None:
        """Use the session's feed if it covers all namespaces, else open one."""
        if not self._watching:
            return
        if self.session.namespace is None:
            self._stop()
        elif self._own is None or not self._reads(self._own[1], self.session.namespace):
            self._stop()
            store, feed = self.session.follow_all()
            self._own = store, feed
            feed.on_change = self._publish
            self._task = asyncio.create_task(feed.run())
        self._known = None
        self.changed()

    @staticmethod
    def _reads(feed: Feed, namespace: str) -> bool:
        """Whether a feed of all namespaces covers this one: it may be limited to some of them."""
        if feed.scope is not None:
            return namespace in feed.scope
        return feed.freshness.link is not Link.FORBIDDEN

    def _stop(self) -> asyncio.Task[None] | None:
        task, self._task = self._task, None
        if self._own is not None:
            self._own[1].on_change = None
            self._own = None
        if task is not None:
            task.cancel()
        return task

    def summary(self, key: Key) -> Summary | None:
        """Return the row of a workflow whose gates are in `gates`."""
        return self._store.get(key)

    @property
    def _store(self) -> Store:
        return self._own[0] if self._own else self.session.store

    def changed(self) -> None:
        """Update `gates` after rows or their freshness changed."""
        if not self._watching:
            return
        if self._own is not None:
            self._own[0].drain()
        store = self._store
        rows = [row for key in store.waiting if (row := store.get(key)) is not None]
        self.gates = {item.id: item for row in rows for item in row.open_gates}
        self._tell_new()
        for listener in tuple(self.listeners):
            listener()

    def _tell_new(self) -> None:
        if not self.freshness.trusted:
            return
        if self._known is None:
            self._known = set(self.gates)
            return
        new = [item for gate, item in self.gates.items() if gate not in self._known]
        # Gates that vanish stay known: they come back after the feed has listed everything again.
        self._known |= self.gates.keys()
        if new:
            self._on_new(new)

    # Deciding.

    @property
    def deciding(self) -> int:
        """How many decisions are under way."""
        return len(self._decisions)

    def decide(
        self, review: Review, choice: Choice, values: Mapping[str, str], reason: str
    ) -> asyncio.Task[Result]:
        """Start a decision that nothing cancels; await it shielded."""
        work = decide(self.decision_context, review, choice, values=values, reason=reason)
        task = asyncio.create_task(work)
        self._decisions.add(task)
        task.add_done_callback(partial(self._decided, review))
        return task

    def _decided(self, review: Review, task: asyncio.Task[Result]) -> None:
        self._decisions.discard(task)
        if task.cancelled():
            return
        if (error := task.exception()) is not None:
            log.warning("a decision ended with %s", type(error).__name__)
            return
        result = task.result()
        if result.outcome is Outcome.DECIDED and result.decision and not self._closing:
            if self._observers is None:
                decision_context = self.decision_context
                self._observers = EffectObservers(
                    self.session.cluster, decision_context.audit, decision_context.clock
                )
            self._observers.begin(review, result.decision.id)

    async def settled(self) -> None:
        """Wait until no decision is under way."""
        while self._decisions:
            await asyncio.wait(set(self._decisions))

    async def close(self) -> None:
        """Wait for the decisions under way, then stop watching."""
        self._closing = True
        await self.settled()
        if self._observers is not None:
            await self._observers.close()
        self._watching = False
        self.listeners.clear()
        self._publish.cancel()
        if (task := self._stop()) is not None:
            await cancel(task)
        await self.enforcement_cache.close()
        decision_context, self._decision_context = self._decision_context, None
        if decision_context is not None:
            await decision_context.policy.close()
