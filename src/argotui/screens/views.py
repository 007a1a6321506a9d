"""The screens that a command opens by name, with a filter: one row for each."""

from __future__ import annotations

import importlib
from typing import Any, NamedTuple


class View(NamedTuple):
    """A screen with a list: its names after `:` (the first is shown), its help, its class.

    `screen` is `module:Class`. The class takes the filter as its only argument; it raises
    FilterError if the filter cannot be read.
    """

    names: tuple[str, ...]
    help: str
    screen: str

    @property
    def name(self) -> str:
        return self.names[0]

    def load(self) -> type[Any]:
        """Import the class."""
        module, _, name = self.screen.partition(":")
        found: type[Any] = getattr(importlib.import_module(module), name)
        return found


_ALL = (
    View(
        ("gates", "gate", "inbox", "approvals"),
        "The gates that wait, everywhere",
        "argotui.screens.gates.inbox:GatesScreen",
    ),
    View(
        (
            "templates",
            "template",
            "tmpl",
            "wftmpl",
            "workflowtemplates",
            "cwft",
            "cwftmpl",
            "clusterworkflowtemplates",
        ),
        "WorkflowTemplates and ClusterWorkflowTemplates, and their runs",
        "argotui.screens.templates.screen:TemplatesScreen",
    ),
    View(
        ("crons", "cron", "cwf", "cronwf", "cronworkflow", "cronworkflows", "schedules"),
        "The CronWorkflows: next runs, last runs, and what is wrong",
        "argotui.screens.crons.screen:CronsScreen",
    ),
    View(
        ("audit", "decisions", "record"),
        "The decisions made on this machine",
        "argotui.screens.audit.screen:AuditScreen",
    ),
)

VIEWS: dict[str, View] = {view.name: view for view in _ALL}
"""All of them by name, in the order of the help."""
