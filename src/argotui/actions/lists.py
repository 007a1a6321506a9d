"""Actions of the lists of workflows and of gates."""

from __future__ import annotations

from argotui.actions.action import Action, table

LISTS: list[Action] = [
    *table(
        "Lists",
        "workflows gates",
        ("list.open", "enter", "open", "Open the workflow or gate under the cursor", "footer"),
        ("list.logs", "l", "logs", "Read the logs of the workflow, or of all marked", "footer"),
        ("list.yaml", "y", "yaml", "Show the workflow as YAML", "footer", "minor"),
        (
            "list.mark",
            "space",
            "mark",
            "Mark or unmark it; :ns, :ctx and 0 clear all marks",
            "footer",
            "minor",
        ),
        (
            "list.mark-range",
            "ctrl+@,ctrl+space",
            "mark range",
            "Mark all between the last mark and the cursor",
        ),
        ("list.unmark", "ctrl+backslash", "clear marks", "Clear all marks"),
        ("list.copy", "c", "copy name", "Copy the name, or those of all marked (OSC 52)"),
        ("list.refresh", "ctrl+r", "refresh", "Read everything again now, verdicts too"),
    ),
]
