"""Reads one workflow: the live object, its events, and its YAML."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from argotui.backend.store import compare_versions
from argotui.errors import BackendError
from argotui.model.argo import Key, Workflow
from argotui.model.workflows.runs import usual_of_like
from argotui.model.workflows.summary import Summary
from argotui.operations.workflow.yaml import make_yaml

if TYPE_CHECKING:
    from argotui.backend.ports import EventRecord
    from argotui.backend.session import Session
    from argotui.backend.workflow_feed import WorkflowFeed
    from argotui.model.yaml_text import YamlText


class WorkflowReader:
    """Follows a workflow from `start` to `close`, and reads its events and YAML when asked.

    Before `start` there is no workflow, and nothing can be read.
    """

    def __init__(self, key: Key) -> None:
        self.key = key
        self.feed: WorkflowFeed | None = None
        self.errors: dict[str, BackendError] = {}
        """Why the last reading of `events` or `yaml` failed, by that name."""
        self.events: Sequence[EventRecord] = ()
        self.yaml: YamlText | None = None
        self.yaml_revealed = False
        """Whether the YAML shows its secrets."""
        self.yaml_secrets = 0
        """How many secrets the YAML holds, covered or not."""
        self._usual: float | None = None
        self._usual_known = False
        self._session: Session | None = None
        self._document: dict[str, object] | None = None
        self._events_version = -1

    def start(self, session: Session, on_change: Callable[[], None]) -> WorkflowFeed:
        """Follow the workflow, call `on_change` when it changes, and return the feed to run."""
        self._session = session
        self.feed = session.follow(self.key)
        self.feed.on_change = on_change
        return self.feed

    def close(self) -> None:
        """Report no further changes."""
        if self.feed is not None:
            self.feed.on_change = None

    # What is known.

    def now(self) -> datetime:
        return self._session.clock.now() if self._session else datetime.now(UTC)

    def monotonic(self) -> float:
        """Return the session's monotonic time, in seconds."""
        return self._session.clock.monotonic() if self._session else 0.0

    @property
    def others(self) -> Collection[Summary]:
        """The rows of the list, this workflow's among them."""
        return self._session.store.summaries() if self._session else ()

    @property
    def usual_seconds(self) -> float | None:
        """How long workflows from the same template usually take, where Argo does not estimate it;
        it is found once, as soon as the workflow is read."""
        workflow = self.workflow
        if workflow is None or workflow.status.estimated_duration or workflow.completed:
            return None
        if not self._usual_known:
            self._usual_known = True
            self._usual = usual_of_like(self.key.namespace, workflow.metadata.labels, self.others)
        return self._usual

    @property
    def workflow(self) -> Workflow | None:
        return self.feed.workflow if self.feed else None

    @property
    def version(self) -> int:
        """A number that changes with the workflow."""
        return self.feed.version if self.feed else 0

    @property
    def events_are_old(self) -> bool:
        """Whether the workflow changed after its events were read."""
        return self._events_version != self.version

    @property
    def yaml_is_old(self) -> bool:
        """Whether the workflow changed after its YAML was read."""
        workflow, document = self.workflow, self._document
        if workflow is None or document is None:
            return False
        metadata = document.get("metadata")
        read = str(metadata.get("resourceVersion", "")) if isinstance(metadata, dict) else ""
        order = compare_versions(read, workflow.metadata.resource_version)
        return order is None or order < 0

    # Reading.

    async def read_events(self) -> bool:
        """Read the events of the workflow and its pods; return whether that worked."""
        if self._session is None:
            return False
        self._events_version = self.version
        try:
            self.events = await self._session.cluster.list_events(*self.key)
        except BackendError as error:
            self.errors["events"] = error
            return False
        self.errors.pop("events", None)
        return True

    async def read_yaml(self) -> bool:
        """Read the whole object as YAML; return whether that worked."""
        if self._session is None:
            return False
        try:
            self._document = await self._session.cluster.get_raw_document(*self.key)
        except BackendError as error:
            self.errors["yaml"] = error
            return False
        self.errors.pop("yaml", None)
        return await self._make_yaml()

    async def reveal_yaml(self) -> bool:
        """Show the secrets in the YAML, or cover them again; return whether there is YAML."""
        self.yaml_revealed = not self.yaml_revealed
        return await self._make_yaml()

    async def _make_yaml(self) -> bool:
        if self._document is None:
            return False
        covered = not self.yaml_revealed
        self.yaml, self.yaml_secrets = await make_yaml(self._document, covered=covered)
        return True
