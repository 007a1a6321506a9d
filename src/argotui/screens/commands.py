"""What can be typed after `:`, with k9s' words and aliases."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from argotui.model.nearest import suggest
from argotui.screens.console import InputProblem
from argotui.screens.views import VIEWS

ALL = frozenset({"all", "*", "-A"})
"""Words that mean all namespaces."""


class Command(NamedTuple):
    """A command: its names (the first is shown), what it takes, what it does."""

    names: tuple[str, ...]
    takes: str
    help: str
    kind: str = ""
    """What its argument names, for suggestions: namespace, context, workflow, theme."""


COMMANDS: tuple[Command, ...] = (
    Command(
        ("workflows", "wf", "workflow", "list", "ls"),
        "[NAMESPACE] [/FILTER] [-l LABELS]",
        "The workflows of this or another namespace, filtered",
        "namespace",
    ),
    Command(("ns", "namespace", "namespaces"), "[NAME | all]", "Another namespace", "namespace"),
    Command(
        ("ctx", "context", "contexts"), "[NAME]", "Another context of the kubeconfig", "context"
    ),
    *(Command(view.names, "[/FILTER]", view.help) for view in VIEWS.values()),
    Command(
        ("get", "open", "watch", "describe"),
        "[NAMESPACE/]NAME",
        "The screen of a workflow",
        "workflow",
    ),
    Command(("logs", "log"), "[NAMESPACE/]NAME", "The logs of a workflow", "workflow"),
    Command(("theme", "themes", "skin", "skins"), "[NAME]", "Other colours", "theme"),
    Command(("doctor", "dr"), "", "Whether all works here, and what to do where not"),
    Command(("help", "h", "?", "keys", "aliases"), "", "All keys of this screen"),
    Command(("quit", "q", "q!", "exit"), "", "Leave"),
)

_CHANGES = ("resubmit", "retry", "stop", "terminate", "suspend", "delete", "label", "annotate")

ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        ("po", "pod", "pods"),
        "pods have no view of their own: they are the nodes of a workflow (enter), with logs (l)",
    ),
    **dict.fromkeys(
        ("ev", "event", "events"), "events are those of a workflow: e shows them, on its row too"
    ),
    **dict.fromkeys(("approve", "deny", "resume"), "open a gate to decide it: :gates lists them"),
    "submit": "open a template to submit it: :templates lists them; argotui submit takes files",
    **{
        name: f"on a workflow, or with several marked, . lists {name} and the like"
        for name in _CHANGES
    },
    "node": "open a gate to decide it: :gates lists them",
    **dict.fromkeys(
        ("deploy", "dp", "svc", "sec", "secrets", "cm", "no", "nodes", "pvc", "job", "jobs"),
        "argotui shows workflows and their gates; k9s and kubectl show the rest",
    ),
}
"""Commands of argo, kubectl and k9s that argotui does not have, and what to use instead."""

_WITH_ALL = frozenset({"ns", "namespace", "namespaces"})

_BY_NAME = {name: command for command in COMMANDS for name in command.names}


class Actor(Protocol):
    """What the commands act on: the application."""

    def show_workflows(self, namespace: str | None, filter_text: str | None) -> InputProblem | None:
        """Go to the list: in `namespace` ("" for all, None for as it is), filtered or as it is."""
        ...

    def open_view(self, name: str, filter_text: str = "") -> InputProblem | None:
        """Go to a view of `VIEWS`, filtered."""
        ...

    def pick_namespace(self) -> None: ...
    def pick_context(self) -> None: ...
    def use_context(self, context: str) -> InputProblem | None: ...
    def show_workflow(self, name: str) -> InputProblem | None: ...
    def show_logs(self, name: str) -> InputProblem | None: ...
    def use_theme(self, name: str) -> InputProblem | None: ...
    def pick_theme(self) -> None: ...
    def show_doctor(self) -> None: ...
    def show_help(self) -> None: ...
    def leave(self) -> None: ...
    def known(self, kind: str) -> list[str]:
        """Return the names of a kind that could be meant."""
        ...


class CommandLine:
    """Runs commands and remembers them; `[`, `]` and `-` go through that history."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._entries: list[str] = []
        self._position = -1
        self._before: str | None = None
        self._handlers: dict[str, Callable[[list[str]], InputProblem | None]] = {
            "workflows": self._workflows,
            "ns": self._namespace,
            "ctx": self._context,
            "get": self._get,
            "logs": self._logs,
            "theme": self._theme,
            "doctor": self._doctor,
            "help": self._help,
            "quit": self._quit,
        }

    def run(self, text: str) -> InputProblem | None:
        """Run a command, or point at the mistake in it."""
        problem = self._do(text)
        if problem is None:
            self._before = self._entries[self._position] if self._entries else None
            self._entries.append(text)
            self._position = len(self._entries) - 1
        return problem

    def entries(self) -> list[str]:
        """Return what was run, the newest last, each once."""
        return list(dict.fromkeys(reversed(self._entries)))[::-1]

    def take_back(self) -> str:
        """Return the command run last, which proved wrong, and forget it."""
        if not self._entries:
            return ""
        text = self._entries.pop()
        self._position = len(self._entries) - 1
        return text

    def travel(self, step: int) -> str | None:
        """Run the command before (-1) or after (1) the current one; return it if there is one."""
        position = self._position + step
        if not 0 <= position < len(self._entries):
            return None
        text = self._entries[position]
        if self._do(text) is not None:
            return None
        self._before = self._entries[self._position]
        self._position = position
        return text

    def repeat_last(self) -> str | None:
        """Run the command that was current before this one; return it if there is one."""
        text = self._before
        return text if text is not None and self.run(text) is None else None

    def completions(self, text: str) -> list[str]:
        """Return what `text` could become: commands by their first fitting name, or what the
        argument could name."""
        head, space, argument = text.partition(" ")
        if not space:
            return _begun(head)
        command = _BY_NAME.get(head)
        if command is None or not command.kind:
            return []
        known = [*self._actor.known(command.kind), *(("all",) if head in _WITH_ALL else ())]
        return [f"{head} {name}" for name in known if name.startswith(argument)]

    def _do(self, text: str) -> InputProblem | None:
        head, _, rest = text.strip().partition(" ")
        command = _BY_NAME.get(head)
        if command is None:
            return InputProblem(
                ELSEWHERE.get(head) or f"there is no command {head}{_instead(head)}"
            )
        name = command.names[0]
        if name == "workflows":
            return self._workflows([rest.strip()])
        if name in VIEWS:
            return self._actor.open_view(name, rest.strip().removeprefix("/"))
        arguments = rest.split()
        if len(arguments) > (1 if command.takes else 0):
            return InputProblem(f"{head} takes {command.takes or 'nothing'}", len(head) + 1)
        return self._handlers[name](arguments)

    def _workflows(self, arguments: list[str]) -> InputProblem | None:
        rest = arguments[0]
        namespace: str | None = None
        if rest and not rest.startswith(("/", "-l", "!")):
            namespace, _, rest = rest.partition(" ")
            rest = rest.strip()
            namespace = "" if namespace in ALL else namespace
        if rest and not rest.startswith(("/", "-l", "!")):
            return InputProblem("after the namespace comes /FILTER or -l LABELS")
        return self._actor.show_workflows(namespace, rest.removeprefix("/"))

    def _namespace(self, arguments: list[str]) -> InputProblem | None:
        if not arguments:
            self._actor.pick_namespace()
            return None
        name = "" if arguments[0] in ALL else arguments[0]
        return self._actor.show_workflows(name, None)

    def _context(self, arguments: list[str]) -> InputProblem | None:
        if arguments:
            return self._actor.use_context(arguments[0])
        self._actor.pick_context()
        return None

    def _get(self, arguments: list[str]) -> InputProblem | None:
        if not arguments:
            return InputProblem("get takes the name of a workflow")
        return self._actor.show_workflow(arguments[0])

    def _logs(self, arguments: list[str]) -> InputProblem | None:
        if not arguments:
            return InputProblem("logs takes the name of a workflow")
        return self._actor.show_logs(arguments[0])

    def _theme(self, arguments: list[str]) -> InputProblem | None:
        if arguments:
            return self._actor.use_theme(arguments[0])
        self._actor.pick_theme()
        return None

    def _doctor(self, arguments: list[str]) -> InputProblem | None:
        self._actor.show_doctor()
        return None

    def _help(self, arguments: list[str]) -> InputProblem | None:
        self._actor.show_help()
        return None

    def _quit(self, arguments: list[str]) -> InputProblem | None:
        self._actor.leave()
        return None


def _begun(head: str) -> list[str]:
    """Return by its first fitting name each command that begins with `head`: the one of exactly
    that name, then those whose shown name begins so, then those of which another name does."""
    found = [
        (head not in command.names, name != command.names[0], name)
        for command in COMMANDS
        if (name := next((each for each in command.names if each.startswith(head)), None))
    ]
    return [name for *_, name in sorted(found, key=lambda each: each[:2])]


def _instead(head: str) -> str:
    """Return which command may have been meant: one that begins so, else one spelt alike."""
    if begun := _begun(head):
        return f"; did you mean {begun[0]}?"
    return suggest(head, _BY_NAME) or "; :help lists what there is"
