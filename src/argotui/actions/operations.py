"""Actions on whole workflows, and in the dialog that confirms them."""

from __future__ import annotations

from argotui.actions.action import Action, Call, table

_MOVES = (
    ("down", "j,down", "One row down"),
    ("up", "k,up", "One row up"),
    ("page-down", "ctrl+f,pagedown", "One page down"),
    ("page-up", "ctrl+b,pageup", "One page up"),
    ("top", "g,home", "To the first row"),
    ("bottom", "G,shift+g,end", "To the last row"),
)

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
            "operation.retry",
            "t",
            "retry",
            "Run again what failed, or from the node under the cursor (asks first)",
            "danger",
        ),
        (
            "operation.resubmit",
            "ctrl+t",
            "resubmit",
            "Start a new workflow like this one, or like all marked (asks first)",
            "danger",
        ),
        (
            "operation.similar",
            "ctrl+e",
            "new like this",
            "Fill in the form of its template with the values of this workflow",
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
        (
            "confirmation.copy",
            "c",
            "copy",
            "Copy the lines (OSC 52)",
            "footer",
            Call("dialog_copy"),
        ),
        *(
            (f"confirmation.{way}", keys, way.replace("-", " "), text, Call("move", way))
            for way, keys, text in _MOVES
        ),
    ),
    *table(
        "Retry",
        "retry",
        (
            "retry.yes",
            "y",
            "retry",
            "Retry the workflow as it is shown",
            "footer",
            Call("rerun_yes"),
        ),
        (
            "retry.node",
            "f",
            "from the node",
            "Run again from the chosen node, or only what failed",
            "footer",
        ),
        ("retry.values", "e", "values", "Give parameters other values", "footer"),
        ("retry.again", "r", "look again", "Read the workflow again", "footer"),
        (
            "retry.close",
            "escape,q",
            "close",
            "Close; nothing is changed before y",
            "footer",
            Call("rerun_close"),
        ),
        ("retry.copy", "c", "copy", "Copy the lines (OSC 52)", Call("dialog_copy")),
        *(
            (f"retry.{way}", keys, way.replace("-", " "), text, Call("move", way))
            for way, keys, text in _MOVES
        ),
    ),
    *table(
        "Resubmit",
        "resubmit",
        ("resubmit.yes", "y", "resubmit", "Create the new workflow", "footer", Call("rerun_yes")),
        (
            "resubmit.memoized",
            "m",
            "memoized",
            "Take over the results of the nodes that succeeded, or not",
            "footer",
        ),
        ("resubmit.values", "e", "values", "Give parameters other values", "footer"),
        (
            "resubmit.close",
            "escape,q",
            "close",
            "Close; nothing is changed before y",
            "footer",
            Call("rerun_close"),
        ),
        ("resubmit.copy", "c", "copy", "Copy the lines (OSC 52)", Call("dialog_copy")),
    ),
]
