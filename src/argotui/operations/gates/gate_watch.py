"""Watch one gate: follow its workflow, and read the gate again when it changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from argotui.backend.backoff import cancel
from argotui.backend.throttle import Throttle, on_loop
from argotui.errors import BackendError, NotFoundError
from argotui.model.argo import Key, Workflow
from argotui.model.gates.decision import Choice, Record, closing_text, read_message
from argotui.model.gates.difference import Difference, shown_differences
from argotui.model.gates.gate import gate_of_node
from argotui.operations.admission.enforcement import Enforcement, NamespaceEnforcement
from argotui.operations.admission.policy import plain_refusal
from argotui.operations.gates.precedents import Precedent, earlier_decisions, origin_of
from argotui.operations.gates.preflight import refusal
from argotui.operations.gates.review import GateGone, Review, review_gate
from argotui.operations.gates.service import GateService

log = logging.getLogger(__name__)

REVIEW_PAUSE = 2.0
"""Seconds after a change elsewhere in the workflow before the gate is read again."""


class GateUpdate(NamedTuple):
    """What happened to a watched gate since the last update; the watch itself has the state."""

    is_new: bool = False
    """Whether the gate was read for the first time, or differs from what was shown."""
    why: str = ""
    """What differs from what was shown."""
    trust_lost: bool = False
    """Whether the data may be old now; an update may repeat it."""
    was_read: bool = False
    """Whether a read of the gate just ended, with or without success."""


class GateWatch:
    """The gate, its review, its enforcement and earlier decisions, from `start` until `close`.

    `on_change` is called for each `GateUpdate`: at most `refresh_hz` times a second for changes of
    the workflow, at once for answers. `values_to_try` returns the values that a dry run sends.
    """

    def __init__(
        self,
        service: GateService,
        key: Key,
        node_id: str,
        on_change: Callable[[GateUpdate], None],
        values_to_try: Callable[[], Mapping[str, str]] = dict,
    ) -> None:
        self.key = key
        self.node_id = node_id
        self.service = service
        self.feed = service.session.follow(key)
        self.review: Review | None = None
        """The last review; it stays after the gate closed."""
        self.error: BackendError | None = None
        """Why the last read failed."""
        self.gone: GateGone | None = None
        self.changes: Sequence[Difference] = ()
        """What differs from what was shown before."""
        self.refused: dict[Choice, str] = {}
        """Why the cluster would refuse a decision, "" if it would take it."""
        self.precedents: Sequence[Precedent] | None = None
        self.precedents_problem = ""
        self._on_change = on_change
        self._values_to_try = values_to_try
        self._namespace_enforcement: NamespaceEnforcement | None = None
        self._read_live = False
        self._was_lost = False
        self._reading = self._read_again = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._preflight: asyncio.Task[None] | None = None
        self._publish_soon = Throttle(
            on_loop, self._publish, lambda: service.session.settings.refresh_hz
        )
        self._review_timer: asyncio.TimerHandle | None = None
        self._stopped = False

    # State.

    @property
    def enforcement(self) -> Enforcement | None:
        """Whether the cluster enforces the gate, and for whom; None before the first answer."""
        workflow = self.review.raw if self.review else None
        cache = self.service.enforcement_cache
        return cache.for_gate(self.key.namespace, workflow, self.node_id)

    @property
    def workflow(self) -> Workflow | None:
        """The latest workflow of the feed; None before the first."""
        return self.feed.workflow

    @property
    def trusted(self) -> bool:
        """Whether a decision may rest on the data: the feed is live, and the gate was read since.

        The feed may still look live on a dead connection, so a failed read ends the trust too.
        """
        if self.review is None or self.error is not None or not self.feed.freshness.trusted:
            return False
        return self._read_live or (self._is_latest and not self._was_lost)

    @property
    def _is_latest(self) -> bool:
        """Whether the review rests on the very object that the feed has."""
        workflow, before = self.workflow, self.review
        if workflow is None or before is None:
            return False
        return workflow.metadata.resource_version == before.workflow.metadata.resource_version

    @property
    def closed(self) -> str:
        """Why the gate is not open any more, empty while it is open."""
        if self.feed.gone:
            return "the workflow was deleted"
        workflow = self.workflow
        if workflow is not None and self._same_workflow(workflow):
            if not self.node_id:
                return "" if workflow.spec.suspend else "the workflow is not suspended any more"
            node = workflow.nodes.get(self.node_id)
            if node is None:
                return "the gate is gone" if workflow.nodes else ""
            if not node.is_gate:
                return closing_text(node.phase or "not started", node.message)
        return self.gone.title if self.gone else ""

    @property
    def record(self) -> Record | None:
        """The decision that closed the gate, as its node records it."""
        node = self.workflow.nodes.get(self.node_id) if self.workflow and self.closed else None
        return read_message(node.message) if node else None

    def _same_workflow(self, workflow: Workflow) -> bool:
        return self.review is None or workflow.metadata.uid == self.review.request.uid

    @property
    def is_complete(self) -> bool:
        """Whether all requests about the gate are answered, and `on_change` was called for them."""
        past = self.precedents is not None or bool(self.precedents_problem)
        return past and self.is_quiet and self.is_tried and self.enforcement is not None

    @property
    def is_quiet(self) -> bool:
        """Whether no read is under way, and no update is pending."""
        busy = self._reading or self._publish_soon.waits
        return not busy and not self.service.enforcement_cache.busy

    @property
    def is_tried(self) -> bool:
        """Whether the dry runs have ended; a read-only session sends none."""
        return self.service.session.read_only or self.refused.keys() == set(Choice)

    # Life.

    def start(self) -> None:
        """Begin to follow the workflow, and read the gate."""
        self.feed.on_change = self._publish_soon
        self._run(self.feed.run())
        cache = self.service.enforcement_cache
        self._namespace_enforcement = cache.get(self.key.namespace)
        cache.listeners.add(self._enforcement_changed)
        cache.want([self.key])
        self.read()

    async def close(self) -> None:
        """Stop; `on_change` is not called any more."""
        self._stopped = True
        self.feed.on_change = None
        self.service.enforcement_cache.listeners.discard(self._enforcement_changed)
        self._publish_soon.cancel()
        if self._review_timer is not None:
            self._review_timer.cancel()
        await cancel(*self._tasks)

    def _run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("watching %s ended with %s", self.key, type(error).__name__)

    def _tell(self, update: GateUpdate) -> None:
        if not self._stopped:
            self._on_change(update)

    # The workflow.

    def _publish(self) -> None:
        lost = not self.feed.freshness.trusted
        if lost:
            self._read_live, self._was_lost = False, self.workflow is not None
        elif self._was_lost or self._differs():
            self.read()
        elif self.review is not None and not self._is_latest:
            self._read_soon()
        self._tell(GateUpdate(trust_lost=lost))

    def _differs(self) -> bool:
        """Return whether the gate that the feed has differs from the one that was read."""
        workflow, before = self.workflow, self.review
        if workflow is None or self._is_latest:
            return False
        if before is None:
            return self.gone is None
        if workflow.metadata.uid != before.request.uid:
            return True
        node = workflow.nodes.get(self.node_id)
        if node is None or not node.is_gate:
            return False
        node_before = before.workflow.nodes.get(self.node_id)
        if node_before is None or workflow.spec != before.workflow.spec:
            return True
        return gate_of_node(workflow, node) != gate_of_node(before.workflow, node_before)

    # The gate.

    def read(self) -> None:
        """Read the gate again, as soon as a read that is under way has ended."""
        if self._reading:
            self._read_again = True
        else:
            self._reading = True
            self._run(self._read())

    def refresh(self) -> None:
        """Read everything again now: the workflow, the gate and its enforcement."""
        self.feed.refresh()
        self.service.enforcement_cache.refresh()
        self.service.enforcement_cache.want([self.key])
        self.read()

    def tick(self, now: datetime) -> None:
        """Read again what is too old to decide on; call it about once a second."""
        if self.review is None or self.closed:
            return
        if self.trusted:
            self.service.enforcement_cache.want([self.key])
            age = (now - self.review.verdict.at).total_seconds()
            if age > self.service.decision_context.rules.ttl:
                self._read_soon()
        elif self.error is not None:
            self._read_soon()

    def _read_soon(self) -> None:
        if self._review_timer is None and not self._stopped:
            loop = asyncio.get_running_loop()
            self._review_timer = loop.call_later(REVIEW_PAUSE, self._read_now)

    def _read_now(self) -> None:
        self._review_timer = None
        if not self.closed:
            self.read()

    async def _read(self) -> None:
        try:
            while True:
                self._read_again = False
                update = await self._read_once()
                self._tell(update)
                if not self._read_again:
                    return
        finally:
            self._reading = False

    async def _read_once(self) -> GateUpdate:
        """Read the gate, its verdict and the rights of the user."""
        live = self.feed.freshness.trusted
        try:
            found = await review_gate(self.service.decision_context, self.key, self.node_id)
        except NotFoundError as error:
            self._close_with(GateGone(error.title, error.detail, error.hint), live=live)
        except GateGone as gone:
            self._close_with(gone, live=live)
        except BackendError as error:
            self.error = error
            return GateUpdate(trust_lost=True, was_read=True)
        else:
            self.gone = self.error = None
            trusted = self.feed.freshness.trusted
            self._read_live = live and trusted
            update = self._take(found)
            if self._read_live:
                self._was_lost = False
            elif trusted and not self._is_latest:
                self._read_again = True
            return update
        return GateUpdate(was_read=True)

    def _close_with(self, gone: GateGone, *, live: bool) -> None:
        self.gone, self.error = gone, None
        self._was_lost = self._was_lost and not live

    def _take(self, found: Review) -> GateUpdate:
        before, self.review = self.review, found
        if before is None:
            self._run(self._read_precedents(found))
            self._try_later()
            return GateUpdate(is_new=True, was_read=True)
        changes = differences_of(before, found)
        if not changes:
            return GateUpdate(was_read=True)
        self.changes = changes
        self.refused = {}
        self._try_later()
        why = "it changed: " + ", ".join(path for path, _, _ in changes[:3])
        return GateUpdate(is_new=True, why=why, was_read=True)

    async def _read_precedents(self, found: Review) -> None:
        if not origin_of(found.workflow):
            self.precedents_problem = "not looked for: the workflow was not made from a template"
        else:
            try:
                self.precedents = await earlier_decisions(
                    self.service.session.cluster, found.workflow, found.gate.template
                )
            except BackendError as error:
                self.precedents_problem = f"not read: {error.title}"
        self._tell(GateUpdate())

    # What the cluster would do.

    def _enforcement_changed(self) -> None:
        before = self._namespace_enforcement
        now = self.service.enforcement_cache.get(self.key.namespace)
        self._namespace_enforcement = now
        if before is not None and before != now and self.review is not None:
            self._try_later()  # other rules may refuse other decisions
        self._tell(GateUpdate())

    def _try_later(self) -> None:
        """Send the dry runs of the last review, after the update for it."""
        if self._preflight is not None:
            self._preflight.cancel()
        self._preflight = self._run(self._try())

    async def _try(self) -> None:
        """Ask the cluster whether it would accept each decision."""
        found = self.review
        if found is None or self.service.session.read_only:
            return
        context = self.service.decision_context
        for choice in Choice:
            why = await refusal(context, found, choice, self._values_to_try())
            if self.review is not None and self.review.request == found.request:
                self.refused[choice] = plain_refusal(why)
        self._tell(GateUpdate())


def differences_of(before: Review, after: Review) -> list[Difference]:
    """Return the differences between two reviews of one gate that matter to a decision."""
    found: list[Difference] = []
    if after.request != before.request:
        old, new = before.reading.document, after.reading.document
        found += shown_differences(old, new, after.request.node_id)
    if _answer_of(before) != _answer_of(after):
        found.append(("verdict", _verdict_line(before), _verdict_line(after)))
    elif before.approve.effect != after.approve.effect:
        found.append(("what it does", before.approve.effect, after.approve.effect))
    elif before.approve != after.approve or before.deny != after.deny:
        found.append(("your rights", _rights_line(before), _rights_line(after)))
    return found


def _answer_of(found: Review) -> object:
    verdict = found.verdict
    return (verdict.answer, verdict.why, verdict.deny, verdict.warn, verdict.required_groups)


def _verdict_line(found: Review) -> str:
    verdict = found.verdict
    words = [verdict.answer.value, verdict.why.value, *(reason.msg for reason in verdict.deny)]
    return ": ".join(word for word in words if word)


def _rights_line(found: Review) -> str:
    blocked = dict.fromkeys((*found.approve.blocked, *found.deny.blocked))
    return "; ".join(blocked) or "may decide"
