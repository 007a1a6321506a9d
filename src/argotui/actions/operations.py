"""Actions on whole workflows, and in the dialog that confirms them."""

from __future__ import annotations

from argotui.actions.action import Action, Call, table

OPERATIONS: list[Action] = [
    *table(
        "Operations",
        "workflows workflow",
        (
            "operation.menu",
            "full_stop",
            "operate",
            "All that can be done to the workflow, or to all marked, and why something cannot",
            "footer",
            "minor",
        ),
        (
            "operation.pause",
            "p",
            "suspend or resume",
            "Suspend the workflow as a whole, or let it go on; gates stay open",
            "danger",
        ),
        (
            "operation.stop",
            "ctrl+x",
            "stop",
            "Stop the workflow, or all marked: exit handlers run (asks first)",
            "danger",
        ),
        (
            "operation.terminate",
            "ctrl+k",
            "terminate",
            "End the workflow, or all marked, without exit handlers (asks first)",
            "danger",
        ),
        (
            "operation.delete",
            "ctrl+d",
            "delete",
            "Delete the workflow, or all marked (asks first)",
            "danger",
        ),
        (
            "operation.copy",
            "Y,shift+y",
            "copy as",
            "Copy the workflow as YAML, as a command, or as a link",
        ),
        method="operate",
    ),
    *table(
        "Confirmation",
        "confirmation",
        ("confirmation.yes", "y", "do it", "Do it, to all to which it can be done", "footer"),
        (
            "confirmation.force",
            "f",
            "force",
            "Delete without waiting for finalizers, or with them",
            "footer",
        ),
        ("confirmation.again", "r", "again", "Do it again where it failed", "footer"),
        (
            "confirmation.close",
            "escape,q",
            "close",
            "Close, changing nothing; while it is being done: begin no further one",
            "footer",
        ),
        ("confirmation.copy", "c", "copy", "Copy the lines (OSC 52)", "footer"),
        *(
            (f"confirmation.{way}", keys, way.replace("-", " "), text, Call("move", way))
            for way, keys, text in (
                ("down", "j,down", "One row down"),
                ("up", "k,up", "One row up"),
                ("page-down", "ctrl+f,pagedown", "One page down"),
                ("page-up", "ctrl+b,pageup", "One page up"),
                ("top", "g,home", "To the first row"),
                ("bottom", "G,shift+g,end", "To the last row"),
            )
        ),
    ),
]
