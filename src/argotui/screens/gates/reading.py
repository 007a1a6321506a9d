"""What the screen of a gate reads: the workflow as it changes, and the gate anew at each change."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual import work
from textual.timer import Timer

from argotui.errors import BackendError, NotFoundError
from argotui.model.argo import Key, Workflow
from argotui.model.gates.decision import Choice, Record, read_message
from argotui.model.gates.difference import shown_differences
from argotui.model.gates.gate import gate_of_node
from argotui.operations.admission.enforcement import Enforcement, NamespaceEnforcement
from argotui.operations.admission.policy import plain_refusal
from argotui.operations.gates.precedents import Precedent, earlier_decisions, origin_of
from argotui.operations.gates.preflight import refusal
from argotui.operations.gates.review import (
    DecisionContext,
    GateGone,
    Review,
    review,
)
from argotui.screens.base import ConsoleScreen
from argotui.screens.gates.texts import Change

if TYPE_CHECKING:
    from argotui.backend.workflow_feed import WorkflowFeed
    from argotui.operations.admission.enforcement_cache import EnforcementCache

LOOK_PAUSE = 2.0
"""Seconds after a change elsewhere in the workflow before the gate is read again."""


class GateReading(ConsoleScreen):
    """Follows a gate from mounting until the screen is left."""

    def __init__(self, key: Key, node_id: str) -> None:
        super().__init__()
        self.key = key
        self.node_id = node_id
        self.feed: WorkflowFeed | None = None
        self.seen: Review | None = None
        """The gate as it was read last; kept after it closed."""
        self.error: BackendError | None = None
        """Why it could not be read the last time."""
        self.gone: GateGone | None = None
        self.changes: Sequence[Change] = ()
        """What differs from what was shown before."""
        self.refused: dict[Choice, str] = {}
        """Why the cluster would refuse a decision."""
        self.precedents: Sequence[Precedent] | None = None
        self.precedents_problem = ""
        self._enforcement: NamespaceEnforcement | None = None
        self._read_live = False
        self._was_lost = False
        self._looking = self._look_again = False
        self._look_timer: Timer | None = None
        self._publish_timer: Timer | None = None

    # What a subclass shows.

    def draw(self) -> None:
        """Bring what is visible up to date."""

    def content_changed(self, why: str) -> None:
        """Take note that what is shown of the gate is not what it was (or is there at last)."""

    def gate_closed(self) -> None:
        """Take note that there is nothing to decide any more; may be told more than once."""

    def trust_lost(self) -> None:
        """Take note that what is shown may be old; may be told more than once."""

    # What there is.

    def now(self) -> datetime:
        return self.session.clock.now()

    @property
    def decision_context(self) -> DecisionContext:
        """What reviewing and deciding need; raises `ConfigError`."""
        return self.console.gates.gate_service.decision_context

    @property
    def enforcement_cache(self) -> EnforcementCache:
        return self.console.gates.gate_service.enforcement_cache

    @property
    def enforcement(self) -> Enforcement | None:
        """Whether the cluster enforces the gate, and for whom; None before that was answered."""
        workflow = self.seen.raw if self.seen else None
        return self.enforcement_cache.for_gate(self.key.namespace, workflow, self.node_id)

    @property
    def workflow(self) -> Workflow | None:
        return self.feed.workflow if self.feed else None

    @property
    def trusted(self) -> bool:
        """Whether a decision may be taken on what is shown: live, and read since it is."""
        feed = self.feed
        if feed is None or self.seen is None or not feed.freshness.trusted:
            return False
        if self.error is not None:
            return False
        return self._read_live or (self._is_latest and not self._was_lost)

    @property
    def _is_latest(self) -> bool:
        """Whether the gate was read from the very object that the feed has."""
        workflow, seen = self.workflow, self.seen
        if workflow is None or seen is None:
            return False
        return workflow.metadata.resource_version == seen.workflow.metadata.resource_version

    @property
    def closed(self) -> str:
        """What became of the gate, empty while it is open."""
        feed = self.feed
        if feed is not None and feed.gone:
            return "the workflow was deleted"
        workflow = self.workflow
        if workflow is not None and self._same_workflow(workflow):
            if not self.node_id:
                return "" if workflow.spec.suspend else "the workflow is not suspended any more"
            node = workflow.nodes.get(self.node_id)
            if node is None:
                return "the gate is gone" if workflow.nodes else ""
            if not node.is_gate:
                if record := read_message(node.message):
                    return str(record)
                said = f": {node.message}" if node.message else ""
                return f"it is {node.phase or 'not started'}{said}"
        return self.gone.title if self.gone else ""

    @property
    def record(self) -> Record | None:
        """The decision that closed the gate, as its node tells it."""
        node = self.workflow.nodes.get(self.node_id) if self.workflow and self.closed else None
        return read_message(node.message) if node else None

    def _same_workflow(self, workflow: Workflow) -> bool:
        return self.seen is None or workflow.metadata.uid == self.seen.request.uid

    @property
    def is_tried(self) -> bool:
        """Whether it is known if the cluster would take a decision, as far as that is asked."""
        return self.session.read_only or self.refused.keys() == set(Choice)

    # Reading.

    def on_mount(self) -> None:
        self.feed = feed = self.session.follow(self.key)
        feed.on_change = self._feed_changed
        self._run_feed(feed)
        self._enforcement = self.enforcement_cache.get(self.key.namespace)
        self.enforcement_cache.listeners.add(self._enforcement_changed)
        self.enforcement_cache.want([self.key])
        self.look()

    def on_unmount(self) -> None:
        if self.feed is not None:
            self.feed.on_change = None
        if self.console.session_or_none is not None:
            self.enforcement_cache.listeners.discard(self._enforcement_changed)

    def _enforcement_changed(self) -> None:
        if not self.is_attached:
            return
        before, self._enforcement = (
            self._enforcement,
            self.enforcement_cache.get(self.key.namespace),
        )
        if before is not None and before != self._enforcement and self.seen is not None:
            self._preflight(self.seen)  # what the cluster refuses is another thing now
        self.draw()

    @work(group="gate-feed", exclusive=True, exit_on_error=False)
    async def _run_feed(self, feed: WorkflowFeed) -> None:
        await feed.run()

    def _feed_changed(self) -> None:
        if self._publish_timer is None and self.is_attached:
            pause = 1 / self.console.settings.refresh_hz
            self._publish_timer = self.set_timer(pause, self._publish)

    def _publish(self) -> None:
        self._publish_timer = None
        feed = self.feed
        if feed is None or not self.is_attached:
            return
        if not feed.freshness.trusted:
            self._read_live, self._was_lost = False, feed.workflow is not None
            self.trust_lost()
        elif self._was_lost or self._differs():
            self.look()
        elif self.seen is not None and not self._is_latest:
            self._look_soon()
        if self.closed:
            self.gate_closed()
        self.draw()
        self.refresh_chrome()

    def _differs(self) -> bool:
        """Say whether what is shown of the gate differs from what the feed has."""
        workflow, seen = self.workflow, self.seen
        if workflow is None or self._is_latest:
            return False
        if seen is None:
            return self.gone is None
        if workflow.metadata.uid != seen.request.uid:
            return True
        node = workflow.nodes.get(self.node_id)
        if node is None or not node.is_gate:
            return False
        before = seen.workflow.nodes.get(self.node_id)
        if before is None or workflow.spec != seen.workflow.spec:
            return True
        return gate_of_node(workflow, node) != gate_of_node(seen.workflow, before)

    def _look_soon(self) -> None:
        if self._look_timer is None:
            self._look_timer = self.set_timer(LOOK_PAUSE, self._look_now)

    def _look_now(self) -> None:
        self._look_timer = None
        if not self.closed:
            self.look()

    def look(self) -> None:
        """Read the gate anew, as soon as a reading that is under way has ended."""
        if self._looking:
            self._look_again = True
        else:
            self._looking = True
            self._look()

    @work(group="gate-review", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        try:
            while True:
                self._look_again = False
                await self._look_once()
                self.looked()
                self.draw()
                self.refresh_chrome()
                if not self._look_again:
                    return
        finally:
            self._looking = False

    async def _look_once(self) -> None:
        """Read the gate, and ask the policy and the rights about it."""
        feed = self.feed
        if feed is None:
            return
        live = feed.freshness.trusted
        try:
            seen = await review(self.decision_context, self.key, self.node_id)
        except GateGone as gone:
            self.gone, self.error = gone, None
            self._was_lost = self._was_lost and not live
        except NotFoundError as error:
            self.gone, self.error = GateGone(error.title, error.detail, error.hint), None
            self._was_lost = self._was_lost and not live
        except BackendError as error:
            # Its watch may be open all the same, on a way to the server that is none any more.
            self.error = error
            self.trust_lost()
        else:
            self.gone = self.error = None
            self._read_live = live and feed.freshness.trusted
            self._take(seen)
            if self._read_live:
                self._was_lost = False
            elif feed.freshness.trusted and not self._is_latest:
                self._look_again = True

    def looked(self) -> None:
        """Take note that the gate was just read, whatever came of it."""

    def _take(self, seen: Review) -> None:
        before, self.seen = self.seen, seen
        if before is None:
            self.content_changed("")
            self._read_past(seen)
            self._preflight(seen)
            return
        found: list[Change] = []
        if seen.request != before.request:
            old, new = before.reading.document, seen.reading.document
            found += shown_differences(old, new, self.node_id)
        if _said(before) != _said(seen):
            found.append(("verdict", _verdict_line(before), _verdict_line(seen)))
        elif before.approve.effect != seen.approve.effect:
            found.append(("what it does", before.approve.effect, seen.approve.effect))
        elif before.approve != seen.approve or before.deny != seen.deny:
            found.append(("your rights", _rights_line(before), _rights_line(seen)))
        if found:
            self.changes = found
            self.refused = {}
            self.content_changed("it changed: " + ", ".join(path for path, _, _ in found[:3]))
            self._preflight(seen)

    @work(group="gate-preflight", exclusive=True, exit_on_error=False)
    async def _preflight(self, seen: Review) -> None:
        """Ask the cluster beforehand whether it would take a decision."""
        if self.session.read_only:
            return
        for choice in Choice:
            why = await refusal(self.decision_context, seen, choice, self.values_to_try())
            refused = plain_refusal(why)
            if self.seen is not None and self.seen.request == seen.request:
                self.refused[choice] = refused
        self.draw()
        self.refresh_chrome()

    def values_to_try(self) -> dict[str, str]:
        """Return the values a dry run sends."""
        return {}

    @work(group="gate-past", exclusive=True, exit_on_error=False)
    async def _read_past(self, seen: Review) -> None:
        if not origin_of(seen.workflow):
            self.precedents_problem = "not looked for: the workflow was not made from a template"
            return
        try:
            self.precedents = await earlier_decisions(
                self.session.cluster, seen.workflow, seen.gate.template
            )
        except BackendError as error:
            self.precedents_problem = f"not read: {error.title}"
        self.draw()

    def ticked(self) -> None:
        seen = self.seen
        if seen is not None and not self.closed and self.trusted:
            self.enforcement_cache.want([self.key])
            age = (self.now() - seen.verdict.at).total_seconds()
            if age > self.decision_context.rules.ttl:
                self._look_soon()
        elif seen is not None and self.error is not None and not self.closed:
            self._look_soon()
        self.draw()


def _said(seen: Review) -> object:
    verdict = seen.verdict
    return (verdict.answer, verdict.why, verdict.deny, verdict.warn, verdict.required_groups)


def _verdict_line(seen: Review) -> str:
    verdict = seen.verdict
    words = [verdict.answer.value, verdict.why.value, *(reason.msg for reason in verdict.deny)]
    return ": ".join(word for word in words if word)


def _rights_line(seen: Review) -> str:
    blocked = dict.fromkeys((*seen.approve.blocked, *seen.deny.blocked))
    return "; ".join(blocked) or "may decide"
