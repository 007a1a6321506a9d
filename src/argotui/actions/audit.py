"""Actions of the screens that show decisions."""

from __future__ import annotations

from argotui.actions.action import Action, table

AUDIT: list[Action] = [
    *table(
        "Audit",
        "audit",
        ("audit.open", "enter", "open", "All that the log says of the decision", "footer"),
        ("audit.workflow", "w", "workflow", "Open the workflow at the gate", "footer"),
        ("audit.gate", "a", "gate", "Look at the gate as it is now", "footer"),
        ("audit.effect", "e", "effect", "Look again at what the decision led to", "footer"),
        ("audit.copy", "c", "copy", "Copy the name of the workflow and of the gate"),
        ("audit.refresh", "ctrl+r", "refresh", "Read the log again"),
    ),
    *table(
        "Decision",
        "decision",
        ("decision.workflow", "w", "workflow", "Open the workflow at the gate", "footer"),
        ("decision.gate", "a", "gate", "Look at the gate as it is now", "footer"),
        ("decision.effect", "e", "effect", "Look again at what the decision led to", "footer"),
        ("decision.unfold", "enter", "unfold", "Show a long value in full, or cut it again"),
        ("decision.copy", "c", "copy", "Copy the value under the cursor", "footer"),
        ("decision.refresh", "ctrl+r", "read again", "Read the log again"),
    ),
]
