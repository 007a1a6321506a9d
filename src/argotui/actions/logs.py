"""Actions of the log screen."""

from __future__ import annotations

from argotui.actions.action import Action, Call, table

LOGS: list[Action] = [
    *table(
        "Logs",
        "logs",
        ("logs.follow", "s", "follow", "Follow what comes, or pause", "footer"),
        (
            "logs.states",
            "r",
            "all states",
            "Show all states of a progress bar, or the last one as a terminal does",
        ),
        ("logs.wrap", "w", "wrap", "Break long lines, or scroll them sideways", "footer"),
        ("logs.times", "t", "times", "Show times: local, UTC, none", "footer"),
        (
            "logs.next",
            "n",
            "next hit",
            "To the next line the filter is found in",
            "footer",
            Call("logs_find", 1),
        ),
        (
            "logs.last-hit",
            "N,shift+n",
            "previous hit",
            "To the previous hit of the filter",
            Call("logs_find", -1),
        ),
        ("logs.only", "o", "only hits", "Hide the lines without a hit, or show them too", "footer"),
        ("logs.sources", "P,shift+p", "pods", "Choose whose log to read", "footer"),
        ("logs.containers", "A,shift+a", "all containers", "Read all containers, or main alone"),
        ("logs.previous", "p", "previous run", "Read the run before the last restart, or this one"),
        ("logs.mark", "m", "mark", "Put a mark below the newest line"),
        ("logs.copy", "c", "copy", "Copy the selection, the current line, or the screen"),
        ("logs.copy-all", "C,shift+c", "copy all", "Copy all lines that are shown"),
        ("logs.save", "ctrl+s", "save", "Save the lines that are shown to a file", "footer"),
        ("logs.fullscreen", "f", "full screen", "Give the log the whole screen, or not"),
        ("logs.left", "left,h", "left", "Scroll to the left", Call("logs_shift", -20)),
        ("logs.right", "right,l", "right", "Scroll to the right", Call("logs_shift", 20)),
        ("logs.refresh", "ctrl+r", "reconnect", "Open every log again, going on where it was"),
    ),
    *table(
        "How much of the past",
        "logs",
        ("logs.tail", "0", "newest", "The newest lines, then what comes"),
        ("logs.head", "1", "from the start", "Everything, from the first line on"),
        *(
            (
                f"logs.since-{name}",
                key,
                words,
                f"The last {words.removeprefix('1 ')}, then what comes",
                Call("logs_since", minutes),
            )
            for name, key, words, minutes in (
                ("1m", "2", "1 minute", 1),
                ("5m", "3", "5 minutes", 5),
                ("15m", "4", "15 minutes", 15),
                ("30m", "5", "30 minutes", 30),
                ("1h", "6", "1 hour", 60),
            )
        ),
    ),
]
