"""Where the commands lead: the list, another context, a log, other colours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from textual.app import App

from argotui.model.argo import Key
from argotui.model.nearest import suggest
from argotui.model.patterns import FilterError
from argotui.screens.base import ConsoleScreen
from argotui.screens.console import InputProblem
from argotui.screens.views import VIEWS
from argotui.themes import theme_id, theme_names

if TYPE_CHECKING:
    from argotui.screens.console import Console
    from argotui.screens.namespaces import NamespaceNavigator


class ConsoleNavigator:
    """The application as the commands see it (`commands.Actor`)."""

    def __init__(
        self, app: App[Any], namespaces: NamespaceNavigator, contexts: Callable[[], list[str]]
    ) -> None:
        self._app = app
        self._namespaces = namespaces
        self._contexts = contexts

    @property
    def _console(self) -> Console:
        return cast("Console", self._app)

    def known(self, kind: str) -> list[str]:
        """Return the names of a kind that could be meant: what is known without asking."""
        session = self._console.session_or_none
        match kind:
            case "theme":
                return theme_names()
            case "context":
                return self._contexts()
            case "namespace":
                return self._namespaces.known()
            case "workflow" if session is not None:
                return [summary.key.name for summary in session.store.summaries()]
        return []

    def show_workflows(self, namespace: str | None, filter_text: str | None) -> InputProblem | None:
        """Go to the list: in `namespace` ("" for all, None for as it is), filtered or as it is."""
        console = self._console

        def enter() -> InputProblem | None:
            now = console.session_or_none
            if namespace is not None and (now is None or (now.namespace or "") != namespace):
                console.switch_namespace(namespace or None)
            console.pop_to_list()
            root = self._app.screen_stack[0]
            if filter_text is not None and isinstance(root, ConsoleScreen):
                return root.start_clean(filter_text)
            return None

        if not namespace:
            return enter()
        return self._namespaces.go(namespace, enter, self._refused)

    def _refused(self, problem: InputProblem) -> None:
        """Show what is wrong with a command that was accepted at first, to be mended."""
        text = self._console.take_back_command()
        front = self._app.screen_stack[-1]
        if isinstance(front, ConsoleScreen):
            front.ask_again(text, problem)
        else:
            self._app.notify(problem.text, markup=False, severity="error")

    def pick_namespace(self) -> None:
        """Choose one of the namespaces that may be read, or all of them."""
        self._namespaces.pick(self._console.switch_namespace)

    def use_context(self, context: str) -> InputProblem | None:
        """Go to another context of the kubeconfig."""
        contexts = self._contexts()
        if contexts and context not in contexts:
            near = suggest(context, contexts)
            return InputProblem(f"the kubeconfig has no context {context}{near}", 4)
        self._console.switch_context(context)
        return None

    def pick_context(self) -> None:
        """Choose one of the contexts of the kubeconfig."""
        from argotui.screens.dialogs.pickers import context_picker

        def picked(name: str | None) -> None:
            if name is not None:
                self._console.switch_context(name)

        current = self._console.connection.context
        self._app.push_screen(context_picker(current, self._contexts()), picked)

    def open_view(self, name: str, filter_text: str = "") -> InputProblem | None:
        """Go to a view of `VIEWS`, filtered: back to it if it is open, else to a new one."""
        if self._console.session_or_none is None:
            return InputProblem("not connected")
        view = VIEWS[name].load()
        try:
            screen = view(filter_text)
        except FilterError as error:
            return InputProblem(error.message, error.position)
        stack = self._app.screen_stack
        found: ConsoleScreen | None = next((each for each in stack if isinstance(each, view)), None)
        if found is None:
            self._app.push_screen(screen)
            return None
        while self._app.screen_stack[-1] is not found:
            self._app.pop_screen()
        return found.apply_filter(filter_text)

    def show_workflow(self, name: str) -> InputProblem | None:
        """Open the screen of a workflow."""
        found = self._find(name)
        if isinstance(found, InputProblem):
            return found
        self._console.open_workflow(found)
        return None

    def show_first(self, name: str) -> None:
        """Open a workflow before the list is read; the screen says if it is missing."""
        session = self._console.session_or_none
        if session is None:
            return
        namespace, _, rest = name.rpartition("/")
        namespace = namespace or session.namespace or session.cluster.default_namespace
        self._console.open_workflow(Key(namespace, rest))

    def show_logs(self, name: str) -> InputProblem | None:
        """Open the logs of a workflow."""
        found = self._find(name)
        if isinstance(found, InputProblem):
            return found
        self._console.open_logs(found)
        return None

    def _find(self, name: str) -> Key | InputProblem:
        """Return which workflow NAME of the list or NAMESPACE/NAME is."""
        session = self._console.session_or_none
        if session is None:
            return InputProblem("not connected")
        namespace, slash, rest = name.partition("/")
        if slash and namespace and rest:
            return Key(namespace, rest)
        names = {row.key.name: row.key for row in session.store.summaries()}
        if name in names:
            return names[name]
        return InputProblem(f"no workflow {name} is in the list{suggest(name, names)}", 5)

    def use_theme(self, name: str) -> InputProblem | None:
        """Show the console in other colours."""
        if name not in theme_names():
            there = f"; there are {', '.join(theme_names())}"
            near = suggest(name, theme_names()) or there
            return InputProblem(f"there is no theme {name}{near}", 6)
        self._app.theme = theme_id(name)
        return None

    def pick_theme(self) -> None:
        """Choose a theme, each shown while the cursor is on it."""
        from argotui.screens.dialogs.pickers import ThemePicker

        self._app.push_screen(ThemePicker(self._app.theme, theme_names()))

    def show_doctor(self) -> None:
        self._console.show_doctor()

    def show_help(self) -> None:
        self._console.show_help()

    def leave(self) -> None:
        self._console.leave()
