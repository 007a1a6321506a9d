"""What the screens of templates read: the templates, live, and their runs."""

from __future__ import annotations

from argotui.backend.freshness import Link
from argotui.backend.session import Session
from argotui.model.kinds import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE
from argotui.model.submission.glance import TemplateGlance, glance_at
from argotui.model.submission.listing import TemplateId
from argotui.model.workflows.runs import TemplateRuns, runs_by_template
from argotui.screens.base import ConsoleScreen
from argotui.screens.object_reader import ObjectReader

REST = 4.0
"""A rest after each drawing, in times of how long it took: with ten thousand workflows their runs
take some 50 ms to count."""


class TemplateReader(ObjectReader[TemplateGlance]):
    """The templates of a session, as long as `screen` is there.

    WorkflowTemplates are the main kind: the list is there without ClusterWorkflowTemplates, too.
    """

    def __init__(self, screen: ConsoleScreen, session: Session) -> None:
        super().__init__(screen, session, (WORKFLOW_TEMPLATE, CLUSTER_WORKFLOW_TEMPLATE), glance_at)

    @property
    def without_cluster(self) -> bool:
        """Whether the user may not read ClusterWorkflowTemplates."""
        return self._feeds[CLUSTER_WORKFLOW_TEMPLATE].freshness.link is Link.FORBIDDEN

    def runs(self) -> dict[TemplateId, TemplateRuns]:
        """Return the latest runs of each template."""
        return runs_by_template(self.session.store.summaries())
