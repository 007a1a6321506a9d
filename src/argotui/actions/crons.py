"""Actions of the screens of CronWorkflows."""

from __future__ import annotations

from argotui.actions.action import Action, Call, table

CRONS: list[Action] = [
    *table(
        "CronWorkflows",
        "crons",
        (
            "crons.open",
            "enter",
            "open",
            "Next runs, history and all else of it",
            "footer",
            Call("open_object"),
        ),
    ),
    *table(
        "CronWorkflow",
        "crons cron",
        (
            "cron.run",
            "s",
            "run now",
            "Fill in the form for a run outside of its schedule",
            "footer",
            "danger",
        ),
        ("cron.pause", "p", "suspend", "Suspend it, or let it run again", "footer", "danger"),
        ("cron.edit", "E,shift+e", "edit", "Edit it in your editor", "footer", "danger"),
        (
            "cron.backfill",
            "b",
            "backfill",
            "Make up for the runs in a range of time",
            "footer",
            "danger",
            "minor",
        ),
        ("cron.history", "w", "runs", "The workflows that it started", "footer", "minor"),
        (
            "cron.delete",
            "ctrl+d",
            "delete",
            "Delete it and the workflows that it started (asks)",
            "danger",
        ),
        ("cron.copy", "c", "copy name", "Copy the name (OSC 52)"),
        ("cron.refresh", "ctrl+r", "refresh", "Read everything again now"),
        method="cron",
    ),
    *table(
        "CronWorkflow",
        "cron",
        (
            "cron.open",
            "enter",
            "open",
            "Open the run under the cursor, or unfold a long value",
            "footer",
            Call("open_fact"),
        ),
    ),
    *table(
        "Question",
        "question",
        ("question.yes", "y", "do it", "Do what the question names", "footer"),
        ("question.no", "escape,n,q", "cancel", "Close the question, changing nothing", "footer"),
    ),
    *table(
        "Backfill",
        "backfill",
        ("backfill.show", "enter", "show", "Show which workflows would be created", "footer"),
        ("backfill.create", "ctrl+s", "create", "Create the workflows that are shown", "footer"),
        ("backfill.next", "tab,down", "next", "To the other field"),
        ("backfill.previous", "shift+tab,up", "previous", "To the field before"),
        ("backfill.close", "escape", "close", "Close; workflows that were created stay", "footer"),
    ),
]
