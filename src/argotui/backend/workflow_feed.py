"""The present state of one workflow, in full."""

from __future__ import annotations

import random
from collections.abc import Callable

from argotui.backend.clock import Clock
from argotui.backend.freshness import Freshness
from argotui.backend.ports import (
    Change,
    ClusterPort,
    Page,
    Query,
)
from argotui.backend.reflector import Reflector
from argotui.backend.sources import WorkflowSource
from argotui.backend.store import compare_versions
from argotui.model.argo import Key, Workflow


class WorkflowFeed:
    """Follows the workflow of one name until cancelled, also through deletion and re-creation."""

    def __init__(self, cluster: ClusterPort, key: Key, clock: Clock, rng: random.Random) -> None:
        self.key = key
        self.workflow: Workflow | None = None
        """The latest object, also after its deletion. None before the first answer, and if there
        never was one."""
        self.version = 0
        """The number of changes."""
        self.gone = False
        """Whether the workflow does not exist now."""
        self.replaced = False
        """Whether a new workflow (another uid) has the name now."""
        self.on_change: Callable[[], None] | None = None
        self._first_uid = ""
        self._found = False
        self._forget = False
        query = Query(key.namespace, fields=f"metadata.name={key.name}")
        self._reflector = Reflector(
            WorkflowSource(cluster, query), self, clock, rng, on_state=self._changed
        )

    @property
    def freshness(self) -> Freshness:
        return self._reflector.freshness

    def refresh(self) -> None:
        """Read it again now, or end a wait after a failure."""
        self._reflector.refresh()

    async def run(self) -> None:
        """Run until cancelled."""
        await self._reflector.run()

    # Called by the reflector.

    def listing(self) -> None:
        self._found = False

    def page(self, page: Page) -> None:
        for item in page.items:
            if isinstance(item, Workflow) and item.key == self.key:
                self._found = True
                self._take(item)

    def listed(self, resource_version: str) -> None:
        if not self._found and not self.gone:
            self.gone = True
            self._bump()

    def change(self, change: Change) -> None:
        workflow = change.object
        if not isinstance(workflow, Workflow) or workflow.key != self.key:
            return
        if change.kind != "DELETED":
            self._take(workflow)
        elif self.workflow is None or self.workflow.metadata.uid == workflow.metadata.uid:
            self.workflow = self.workflow or workflow
            self.gone = True
            self._bump()

    def rewound(self) -> None:
        self._forget = True

    def _take(self, workflow: Workflow) -> None:
        now, then = workflow.metadata, self.workflow.metadata if self.workflow else None
        if then is not None and then.uid == now.uid and not self.gone and not self._forget:
            order = compare_versions(now.resource_version, then.resource_version)
            if order is not None and order <= 0:
                return
        self._forget = False
        self._first_uid = self._first_uid or now.uid
        self.replaced = now.uid != self._first_uid
        self.workflow = workflow
        self.gone = False
        self._bump()

    def _bump(self) -> None:
        self.version += 1
        self._changed()

    def _changed(self) -> None:
        if self.on_change:
            self.on_change()
