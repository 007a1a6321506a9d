"""Actions on one workflow and its nodes."""

from __future__ import annotations

from argotui.actions.action import Action, Call, table

WORKFLOW: list[Action] = [
    *table(
        "Workflow",
        "workflow",
        ("workflow.inspect", "enter", "inspect", "All about the node under the cursor", "footer"),
        ("workflow.pane", "i", "inspector", "Open or close the inspector beside the nodes"),
        ("workflow.logs", "l", "logs", "Read the logs of the node and all it contains", "footer"),
        (
            "workflow.gate",
            "a",
            "gate",
            "To the gate under the cursor, or the only one",
            "footer",
        ),
        ("workflow.all-logs", "L,shift+l", "all logs", "Read the logs of the whole workflow"),
        (
            "workflow.fold",
            "space",
            "fold",
            "Fold or unfold what is under the cursor",
            "footer",
            "minor",
        ),
        (
            "workflow.left",
            "left,h",
            "left",
            "Fold, or go to the parent; in the graph: the box left",
        ),
        (
            "workflow.right",
            "right",
            "right",
            "Unfold, or go to the first child; in the graph: right",
        ),
        ("workflow.fold-all", "z", "fold all", "Fold everything, or unfold everything"),
        (
            "workflow.next",
            "n",
            "next problem",
            "To the next node that failed or is stuck, the next warning, the next match in YAML",
            "footer",
            Call("workflow_find", 1),
        ),
        (
            "workflow.previous",
            "N,shift+n",
            "previous problem",
            "To the previous node that failed or is stuck, the previous warning or match",
            Call("workflow_find", -1),
        ),
        (
            "workflow.running",
            "m",
            "next running",
            "To the next node that runs, waits or is pending",
            "footer",
            "minor",
        ),
        ("workflow.follow", "f", "follow", "Keep what runs in view, until the cursor is moved"),
        (
            "workflow.step",
            "tab",
            "next pane",
            "To the inspector and back; in the graph: next box",
            Call("workflow_step", 1),
        ),
        (
            "workflow.step-back",
            "shift+tab",
            "previous pane",
            "To the inspector and back; in the graph: previous box",
            Call("workflow_step", -1),
        ),
        (
            "workflow.failed",
            "ctrl+z",
            "only failed",
            "Show only what failed, of events only warnings, or everything again",
        ),
        ("workflow.copy", "c", "copy", "Copy the name, the value, or the block under the cursor"),
        ("workflow.copy-all", "C,shift+c", "copy all", "Copy the node's id, or the whole YAML"),
        ("workflow.reveal", "x", "reveal", "Show what is covered as a secret, or cover it again"),
        ("workflow.save", "ctrl+s", "save", "Save the YAML to a file"),
        *(
            (
                f"workflow.pan-{way}",
                f"shift+{way}",
                f"scroll {way}",
                "Scroll the graph or the YAML" if columns else "Scroll the graph",
                Call("workflow_pan", columns, rows),
            )
            for way, columns, rows in (
                ("left", -1, 0),
                ("right", 1, 0),
                ("up", 0, -1),
                ("down", 0, 1),
            )
        ),
        (
            "workflow.shell",
            "s",
            "shell",
            "A shell in the container of the step, through kubectl exec",
            "danger",
            Call("workflow_shell", "exec"),
        ),
        (
            "workflow.debug",
            "S,shift+s",
            "debug shell",
            "A shell in a container that kubectl debug adds beside that of the step",
            "danger",
            Call("workflow_shell", "debug"),
        ),
        ("workflow.refresh", "ctrl+r", "refresh", "Read everything again now"),
    ),
    *table(
        "Views of a workflow",
        "workflow",
        ("workflow.tree", "1", "tree", "The nodes as a tree, as `argo get` orders them"),
        ("workflow.graph", "2", "graph", "The nodes as boxes and lines"),
        ("workflow.timeline", "3", "timeline", "The nodes as bars on a time axis"),
        ("workflow.events", "4,e", "events", "The Kubernetes events of the workflow and its pods"),
        ("workflow.yaml", "5,y", "yaml", "The whole object as YAML"),
        ("workflow.summary", "6,d", "summary", "All about the workflow as a whole"),
        method="workflow_view",
    ),
]
