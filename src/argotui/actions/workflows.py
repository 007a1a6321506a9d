"""Actions of the list of workflows."""

from __future__ import annotations

from argotui.actions.action import Action, table

WORKFLOWS: list[Action] = [
    *table(
        "Workflows",
        "workflows",
        (
            "list.gate",
            "a",
            "gate",
            "Decide the gate that the workflow waits at, or those of all marked",
            "footer",
        ),
        ("list.describe", "d", "describe", "Show all about the workflow as a whole"),
        ("list.events", "e", "events", "Show the events of the workflow and its pods"),
        ("list.failed", "ctrl+z", "only failed", "Show only what failed, or everything again"),
        (
            "list.all-namespaces",
            "0",
            "all namespaces",
            "Show the workflows of all namespaces, or of the one before",
            "footer",
            "minor",
        ),
        ("list.retry", "r", "try again", "Try to connect again, when the connection failed"),
        ("list.columns", "o", "columns", "Choose the columns"),
        ("list.sort", "O,shift+o", "sort", "Choose what to sort by, at any width"),
    ),
    *table(
        "Sort",
        "workflows",
        (
            "sort.attention",
            "U,shift+u",
            "by attention",
            "What waits, what is stuck, what runs, then the newest",
        ),
        ("sort.name", "N,shift+n", "by name", "Sort by name; again: the other way round"),
        ("sort.age", "A,shift+a", "by age", "Sort by age"),
        ("sort.phase", "S,shift+s", "by phase", "Sort by phase, what needs eyes first"),
        ("sort.namespace", "P,shift+p", "by namespace", "Sort by namespace"),
        ("sort.template", "T,shift+t", "by template", "Sort by template"),
        ("sort.took", "D,shift+d", "by duration", "Sort by how long it took or takes"),
        ("sort.progress", "R,shift+r", "by progress", "Sort by progress"),
        ("sort.nodes", "C,shift+c", "by nodes", "Sort by the number of nodes"),
        ("sort.message", "M,shift+m", "by message", "Sort by message"),
        method="sort",
    ),
]
