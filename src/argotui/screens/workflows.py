"""The list of workflows: the first screen."""

from __future__ import annotations

from argotui.screens.base import ConsoleScreen, bindings_for


class WorkflowsScreen(ConsoleScreen):
    """All workflows of a namespace, or of all of them, live."""

    SCOPE = "workflows"
    BINDINGS = bindings_for(SCOPE)
