"""Actions of every screen, and of dialogs."""

from __future__ import annotations

from argotui.actions.action import Action, Call, table

CONSOLE = "console"
"""The scope of the actions of every screen."""

_LISTS = (
    "workflows workflow logs gates gate decisions audit decision doctor templates template submit "
    "preview crons cron"
)

EVERYWHERE: list[Action] = [
    *table(
        "Move",
        _LISTS,
        ("move.down", "j,down", "down", "One row down"),
        ("move.up", "k,up", "up", "One row up"),
        ("move.page-down", "ctrl+f,pagedown", "page down", "One page down"),
        ("move.page-up", "ctrl+b,pageup", "page up", "One page up"),
        ("move.top", "g,home", "top", "To the first row; a list stays there as rows arrive"),
        (
            "move.bottom",
            "G,shift+g,end",
            "bottom",
            "To the last row; a list reads older ones there, a log is followed again",
        ),
        method="move",
    ),
    *table(
        "Everywhere",
        CONSOLE,
        ("go.filter", "slash", "filter", "Filter what is shown", "footer"),
        ("go.command", "colon", "go to", "Go to a view, namespace or context by name", "footer"),
        (
            "go.gates",
            "ctrl+g",
            "gates",
            "The gates that wait, of all namespaces",
            Call("go_view", "gates"),
        ),
        ("go.audit", "f8", "audit", "The decisions made on this machine", Call("go_view", "audit")),
        ("go.doctor", "f9", "doctor", "Whether all works here, and what to do where not"),
        ("go.help", "question_mark,f1", "keys", "Show all keys of this screen", "footer"),
        ("go.back", "escape", "back", "Clear the filter, else go back"),
        ("go.leave", "q", "leave", "Go back; on the first screen: how to leave"),
        ("go.palette", "ctrl+p", "palette", "Find an action by name"),
        ("go.redraw", "ctrl+l", "redraw", "Draw the whole screen again"),
        (
            "go.previous",
            "left_square_bracket",
            "previous view",
            "Back in the history of `:` commands",
        ),
        ("go.next", "right_square_bracket", "next view", "Forward in the history of `:` commands"),
        ("go.last", "minus", "last view", "Repeat the last `:` command before this one"),
        ("go.quit", "ctrl+c,ctrl+q", "quit", "Press twice to leave (or `:q`)"),
    ),
    *table(
        "Dialogs",
        "dialog",
        ("dialog.close", "escape,q", "close", "Close the dialog, changing nothing", "footer"),
        ("dialog.copy", "c", "copy", "Copy the text to the clipboard (OSC 52)", "footer"),
        ("dialog.down", "j,down", "down", "Scroll down"),
        ("dialog.up", "k,up", "up", "Scroll up"),
        ("dialog.next", "tab,right", "next", "To the next button"),
        ("dialog.previous", "shift+tab,left", "previous", "To the previous button"),
    ),
    *table(
        "Lists to pick from",
        "picker",
        ("picker.close", "escape", "close", "Close, changing nothing"),
        ("picker.pick", "enter", "pick", "Take the row under the cursor"),
        ("picker.down", "down,ctrl+n", "down", "One row down"),
        ("picker.up", "up,ctrl+p", "up", "One row up"),
    ),
]
