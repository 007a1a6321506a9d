"""Actions on gates: the inbox, one gate, several gates."""

from __future__ import annotations

from argotui.actions.action import Action, Call, table

GATES: list[Action] = [
    *table(
        "Gates",
        "gates",
        (
            "gates.approve",
            "a",
            "approve",
            "Approve the marked gates, or open the one under the cursor",
            "footer",
        ),
        (
            "gates.deny",
            "d",
            "deny",
            "Deny the marked gates, or open the one under the cursor",
            "footer",
        ),
        ("gates.workflow", "w", "workflow", "Open the workflow of the gate", "footer"),
    ),
    *table(
        "Gate",
        "gate",
        (
            "gate.approve",
            "a",
            "approve",
            "Approve it with the values filled in",
            "footer",
            "danger",
        ),
        ("gate.deny", "d", "deny", "Deny it, with a reason", "footer", "danger"),
        (
            "gate.open",
            "enter",
            "open",
            "Show more of what is asked, then open the node or long value; in a countdown: send",
        ),
        ("gate.left", "left", "choice left", "The choice before this one"),
        ("gate.right", "right", "choice right", "The choice after this one"),
        *(
            (
                f"gate.choose-{number}",
                str(number),
                f"choice {number}",
                f"Choice number {number}",
                Call("gate_choose", number),
            )
            for number in range(1, 10)
        ),
        ("gate.next-field", "tab", "next field", "To the next field to fill in"),
        ("gate.previous-field", "shift+tab", "previous field", "To the previous field to fill in"),
        ("gate.edit", "e", "edit", "Type the value of a field without choices"),
        ("gate.logs", "l", "logs", "Read the logs of what ran before the gate", "footer"),
        ("gate.workflow", "w", "workflow", "Open the workflow at the gate", "footer"),
        ("gate.yaml", "y", "yaml", "Show the workflow as YAML", "footer"),
        ("gate.copy", "c", "copy", "Copy the value under the cursor"),
        ("gate.reveal", "x", "reveal", "Show what is covered as a secret, or cover it again"),
        ("gate.refresh", "ctrl+r", "read again", "Read the gate and its verdict again", "footer"),
    ),
    *table(
        "Several gates",
        "decisions",
        (
            "decisions.start",
            "enter",
            "start",
            "Decide those that can be; in a countdown: start now",
            "footer",
            "danger",
        ),
        ("decisions.left", "left", "choice left", "The choice before this one", "footer"),
        ("decisions.right", "right", "choice right", "The choice after this one"),
        ("decisions.reason", "e", "reason", "Write the reason for all of them", "footer"),
        (
            "decisions.more",
            "space",
            "more",
            "Show more of what the gate asks, then the next that was not seen",
            "footer",
        ),
        ("decisions.open", "o", "open", "Look at the gate under the cursor", "footer"),
        ("decisions.refresh", "ctrl+r", "read again", "Read all of them again"),
    ),
]
