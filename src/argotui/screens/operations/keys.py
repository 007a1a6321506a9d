"""The operations on workflows, for the keys of a screen."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING

from argotui.errors import BackendError
from argotui.model.argo import Key, Node
from argotui.model.counted import counted
from argotui.model.workflow.operations import (
    OperationKind,
    OperationTarget,
    WorkflowOperation,
    already_done,
    why_not_possible,
)
from argotui.screens.answers import tell
from argotui.widgets.background import run_in_background

if TYPE_CHECKING:
    from argotui.screens.base import ConsoleScreen
    from argotui.screens.dialogs.picker import PickerItem

_DELETE_BY_FORCE = "delete-force"
_READ_ONLY = "read-only mode: argotui changes nothing"
_NOTHING = "no workflow is under the cursor"
GROUP = "argoproj.io"
_EDITS = (OperationKind.LABEL, OperationKind.ANNOTATE, OperationKind.PRIORITY)

Targets = Callable[[], Sequence[OperationTarget]]
"""Returns the workflows that a key is about: those that are marked, else the one of the cursor."""

ChosenNode = Callable[[], Node | None]
"""Returns the node under the cursor; None for the root, and on a screen without nodes."""


class OperationKeys:
    """Begins the operations that the keys of a screen ask for, and says why one cannot be done.

    A dangerous one, and one on several workflows, opens a dialog first. Rights are asked for once
    for each namespace; until the answer is there, nothing is said against an operation.
    """

    def __init__(
        self, screen: ConsoleScreen, targets: Targets, node: ChosenNode | None = None
    ) -> None:
        self._screen = screen
        self._targets = targets
        self._node: ChosenNode = node or (lambda: None)
        self._rights: dict[tuple[str, str, str, str], bool | None] = {}

    def reason_against(self, name: str) -> str | None:
        """Return why an action of the group `operation` cannot be done now, or None."""
        targets = self._targets()
        if not targets:
            return _NOTHING
        if name == "retry" and len(targets) == 1 and targets[0].phase == "Succeeded":
            # The dialog retries it from a node.
            chosen = self._node()
            if chosen is not None:
                return _READ_ONLY if self._screen.session.read_only else None
        if name in ("menu", "copy", "similar"):
            if name != "menu" and len(targets) > 1:
                return "it takes one workflow: clear the marks"
            held = name == "similar" and self._screen.session.read_only
            return _READ_ONLY if held else None
        return self._against(self._operation(name, targets), targets) or None

    def begin(self, name: str) -> None:
        """Do an action of the group `operation`, or open what asks for more."""
        targets = self._targets()
        if name == "menu":
            self._open_menu(targets)
        elif name == "copy":
            self._open_copies(targets[0])
        elif name == "similar":
            self._do(self._fill_form(targets[0]))
        else:
            self._start(self._operation(name, targets), targets)

    def _operation(self, name: str, targets: Sequence[OperationTarget]) -> WorkflowOperation:
        if name == _DELETE_BY_FORCE:
            return WorkflowOperation(OperationKind.DELETE, force=True)
        if name == "pause":
            held = any(target.suspended and not target.ended for target in targets)
            return WorkflowOperation(OperationKind.RESUME if held else OperationKind.SUSPEND)
        return WorkflowOperation(OperationKind(name))

    def _against(self, operation: WorkflowOperation, targets: Sequence[OperationTarget]) -> str:
        if self._screen.session.read_only:
            return _READ_ONLY
        if why := self._screen.session.backend.workflows.unavailable.get(operation.method):
            return why
        first = ""
        for target in targets:
            why = (
                self._refusal(operation, target, named=len(targets) == 1)
                or already_done(operation, target)
                or why_not_possible(operation, target)
            )
            if not why:
                return ""
            first = first or why
        return first if len(targets) == 1 else f"none of those marked: {first}"

    def _refusal(
        self, operation: WorkflowOperation, target: OperationTarget, *, named: bool
    ) -> str:
        namespace, name = target.key.namespace, target.key.name if named else ""
        asked = [(verb, "workflows", namespace, name) for verb in operation.verbs]
        asked += [(verb, "pods", namespace, "") for verb in operation.pod_verbs]
        for right in asked:
            if right not in self._rights:
                self._rights[right] = None
                run_in_background(self._screen, self._ask(*right), "operation-rights")
            elif self._rights[right] is False:
                verb = right[0].replace("patch", "change")
                return f"you may not {verb} {right[1]} in {namespace}"
        return ""

    async def _ask(self, verb: str, resource: str, namespace: str, name: str) -> None:
        port, right = self._screen.session.backend.workflows, (verb, resource, namespace, name)
        group = "" if resource == "pods" else GROUP
        try:
            access = await port.can(verb, resource, namespace=namespace, group=group, name=name)
        except BackendError:
            self._rights.pop(right, None)
            return
        self._rights[right] = access.allowed

    # Beginning.

    def _start(self, operation: WorkflowOperation, targets: Sequence[OperationTarget]) -> None:
        again = operation.kind in (OperationKind.RETRY, OperationKind.RESUBMIT)
        if len(targets) == 1 and again and not targets[0].archived:
            if operation.kind is OperationKind.RETRY:
                self._open_retry(targets[0])
            else:
                self._open_resubmit(targets[0])
            return
        if not operation.dangerous and len(targets) == 1 and not again:
            self._do(self._one(operation, targets[0]))
            return
        from argotui.screens.operations.dialog import OperationScreen

        screen = self._screen
        screen.app.push_screen(OperationScreen(screen.session, operation, targets))

    def _open_retry(self, target: OperationTarget) -> None:
        from argotui.screens.operations.retry import RetryScreen

        chosen = self._node()
        node = (chosen.id, chosen.name) if chosen is not None else None
        screen = RetryScreen(
            self._screen.session, target, node, from_node=target.phase == "Succeeded"
        )
        self._screen.app.push_screen(screen)

    def _open_resubmit(self, target: OperationTarget) -> None:
        from argotui.screens.operations.resubmit import ResubmitScreen

        def made(key: Key | None) -> None:
            if key is not None:
                self._screen.console.open_workflow(key)

        self._screen.app.push_screen(ResubmitScreen(self._screen.session, target), made)

    async def _fill_form(self, target: OperationTarget) -> None:
        """Open the form of a workflow's template, filled with the values of the workflow."""
        from argotui.model.workflow.copies import template_of
        from argotui.screens.operations.values import parameters_of
        from argotui.screens.templates.submit import SubmitScreen

        screen = self._screen
        try:
            document = await screen.session.cluster.get_raw_document(*target.key)
        except BackendError as error:
            tell(screen, f"new like this: {error.title}", problem=True)
            return
        source = template_of(document)
        if source is None:
            tell(screen, "new like this: it has no template; resubmit starts one", problem=True)
        elif screen.is_attached and screen.is_current:
            kind, name = source
            key = Key(target.key.namespace, name)
            screen.app.push_screen(SubmitScreen(kind, key, parameters_of(document)))

    def _do(self, work: Coroutine[None, None, None]) -> None:
        # It belongs to the application: a write goes on when the screen is left.
        run_in_background(self._screen.app, work, "operation")

    async def _one(self, operation: WorkflowOperation, target: OperationTarget) -> None:
        from argotui.operations.workflow.operate import operate

        session = self._screen.session
        result = await operate(
            session.backend.workflows,
            operation,
            target.key,
            session.clock,
            chosen=target,
            read_only=session.read_only,
        )
        if result.status.good:
            tell(self._screen, f"{target.key.name}: {result.detail}")
        else:
            said = f"{target.key.name}: {result.status.value}: {result.detail}"
            tell(self._screen, said, problem=True)

    # The menus.

    def _open_menu(self, targets: Sequence[OperationTarget]) -> None:
        from argotui.screens.dialogs.picker import PickerScreen

        one = str(targets[0].key) if len(targets) == 1 else counted(len(targets), "workflow")

        def picked(name: str | None) -> None:
            if name is None:
                return
            if why := self._against_choice(name, targets):
                self._screen.say(f"{name}: {why}")
            elif name in _EDITS:
                self._edit(OperationKind(name), targets, one)
            else:
                self._start(self._operation(name, targets), targets)

        items = self._menu_items(targets)
        title = f"Operations on {one}"
        self._screen.app.push_screen(PickerScreen(title, items, heading="OPERATION"), picked)

    def _against_choice(self, name: str, targets: Sequence[OperationTarget]) -> str:
        if name in _EDITS:
            kind, session = OperationKind(name), self._screen.session
            unavailable = session.backend.workflows.unavailable
            return (
                _READ_ONLY
                if session.read_only
                else unavailable.get(WorkflowOperation(kind).method, "")
            )
        return self._against(self._operation(name, targets), targets)

    def _menu_items(self, targets: Sequence[OperationTarget]) -> list[PickerItem]:
        from argotui.screens.dialogs.picker import PickerItem

        items = []
        for name, words in _MENU.items():
            why = self._against_choice(name, targets)
            items.append(
                PickerItem(name, name.replace("-", ", by "), f"not now: {why}" if why else words)
            )
        return items

    def _edit(self, kind: OperationKind, targets: Sequence[OperationTarget], what: str) -> None:
        from argotui.screens.operations.edit import EditScreen

        def typed(operation: WorkflowOperation | None) -> None:
            if operation is not None:
                self._start(operation, targets)

        self._screen.app.push_screen(EditScreen(kind, what), typed)

    # Copying.

    def _open_copies(self, target: OperationTarget) -> None:
        from argotui.screens.dialogs.picker import PickerItem, PickerScreen

        items = [
            PickerItem("yaml", "YAML", "the object as the cluster has it, secrets covered"),
            PickerItem("command", "command", "what starts a workflow like this one"),
            PickerItem("link", "link", "its page in Argo's web UI"),
            PickerItem("name", "name", str(target.key)),
        ]

        def picked(form: str | None) -> None:
            if form == "name":
                self._copied(str(target.key), form)
            elif form == "link":
                self._copy_link(target)
            elif form is not None:
                self._do(self._copy_document(target, form))

        self._screen.app.push_screen(
            PickerScreen("Copy the workflow as", items, heading="AS"), picked
        )

    def _copy_link(self, target: OperationTarget) -> None:
        from argotui.model.workflow.copies import web_link

        screen = self._screen
        if base := screen.session.settings.web_url:
            self._copied(web_link(base, target.key, target.uid), "link")
        else:
            screen.say("link: the setting web_url names no web UI", problem=True)

    async def _copy_document(self, target: OperationTarget, form: str) -> None:
        from argotui.model.workflow.copies import command_for
        from argotui.operations.workflow.yaml import make_yaml

        try:
            document = await self._screen.session.cluster.get_raw_document(*target.key)
        except BackendError as error:
            tell(self._screen, f"{form}: {error.title}", problem=True)
            return
        if form == "command":
            self._copied(command_for(document), form)
            return
        text, secrets = await make_yaml(document, covered=True)
        covered = f" ({counted(secrets, 'secret')} covered)" if secrets else ""
        self._copied("\n".join(text.lines), f"YAML{covered}")

    def _copied(self, text: str, what: str) -> None:
        self._screen.console.copy(text)
        tell(self._screen, f"copied the {what}")


_MENU = {
    OperationKind.STOP.value: "pods are killed, gates fail, exit handlers run",
    OperationKind.TERMINATE.value: "pods are killed, gates fail, no exit handler runs",
    OperationKind.SUSPEND.value: "running pods go on, no further step starts",
    OperationKind.RESUME.value: "lift the suspension; gates stay open",
    OperationKind.DELETE.value: "with its pods",
    _DELETE_BY_FORCE: "without waiting for finalizers: artifacts may stay",
    OperationKind.RETRY.value: "what failed runs again, or a chosen node",
    OperationKind.RESUBMIT.value: "a new workflow like this one",
    OperationKind.LABEL.value: "set or remove labels",
    OperationKind.ANNOTATE.value: "set or remove annotations",
    OperationKind.PRIORITY.value: "of what waits, higher ones go first",
}
"""The operations of the menu, and what each does."""
