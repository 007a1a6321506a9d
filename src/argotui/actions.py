"""All actions: keys, footer, help, palette and docs come from this table."""

from __future__ import annotations

from argotui.action import Action, Call, table

CONSOLE = "console"
"""The scope of what can be done on every screen."""


_LISTS = "workflows workflow logs gates gate decisions audit decision doctor"

_ALL = [
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
    *table(
        "Doctor",
        "doctor",
        ("doctor.refresh", "ctrl+r", "check again", "Examine everything again now", "footer"),
        ("doctor.copy", "c", "copy all", "Copy the whole report (OSC 52)", "footer"),
    ),
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
        ("go.gates", "ctrl+g", "gates", "The gates that wait, of all namespaces"),
        ("go.audit", "f8", "audit", "The decisions made on this machine"),
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

RENAMED = {
    f"gates.{verb}": f"list.{verb}"
    for verb in ("open", "mark", "mark-range", "unmark", "logs", "yaml", "copy", "refresh")
}
"""Former ids of actions, which a user's `[keys]` may still have, with the present ones."""

ACTIONS: dict[str, Action] = {action.id: action for action in _ALL}
"""All actions by id, in the order in which they are shown."""


def actions_for(scope: str) -> list[Action]:
    """Return what can be done on the screens of `scope`: its own actions, then those of all."""
    own = [action for action in ACTIONS.values() if scope in action.scopes]
    if scope in STANDALONE:
        return own
    return own + [action for action in ACTIONS.values() if CONSOLE in action.scopes]


STANDALONE = frozenset({"dialog", "picker"})
"""Scopes that lie over a screen and share no key with it."""
