"""Open a shell in the step under the cursor; the console steps aside for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from argotui.actions import ACTIONS
from argotui.errors import BackendError
from argotui.keymap import keys_of
from argotui.model.sanitise import clean_line
from argotui.operations.workflow.shell import (
    NO_SHELL,
    NoShell,
    ShellPlace,
    ShellWay,
    shell_command,
    shell_place,
    why_no_kubectl,
    why_not_allowed,
)
from argotui.screens.dialogs.picker import PickerItem, PickerScreen
from argotui.widgets.aside import run_aside
from argotui.widgets.background import run_in_background

if TYPE_CHECKING:
    from argotui.screens.base import ConsoleScreen
    from argotui.screens.workflow.body import WorkflowBody

_NO_POD = {
    "Suspend": "a gate runs nothing",
    "Skipped": "it was skipped",
    "HTTP": "it runs in the agent's pod",
    "Plugin": "it runs in the agent's pod",
}


class ShellKeys:
    """The keys of a screen that open a shell in the node under its cursor."""

    def __init__(self, screen: ConsoleScreen, body: WorkflowBody) -> None:
        self._screen = screen
        self._body = body

    def reason_against(self) -> str | None:
        """Return why no shell can be opened, as far as is known without asking; None if it can."""
        if why := why_no_kubectl(self._screen.session.kubectl):
            return why
        node = self._body.node
        if node is None:
            return "no node is under the cursor"
        if node.fulfilled:
            return "it has ended, and its container with it"
        return _NO_POD.get(node.type)

    def open(self, way: ShellWay) -> None:
        """Open a shell, or say why there is none."""
        if (node := self._body.node) is not None:
            run_in_background(self._screen, self._find(way, node.id), "shell", exclusive=True)

    async def _find(self, way: ShellWay, node_id: str) -> None:
        workflow, cluster = self._body.reader.workflow, self._screen.session.cluster
        if workflow is None:
            return
        try:
            place = await shell_place(cluster, workflow, node_id)
        except NoShell as why:
            self._refuse(str(why))
            return
        except BackendError as error:
            self._refuse(error.title)
            return
        denied = await why_not_allowed(cluster, way, place.namespace, place.pod)
        if denied and way is ShellWay.EXEC:
            # Who may not enter a container may be allowed to add one beside it.
            way = ShellWay.DEBUG
            if not await why_not_allowed(cluster, way, place.namespace, place.pod):
                denied = ""
        if denied:
            self._refuse(denied)
        elif len(place.containers) == 1:
            await self._step_aside(way, place, place.containers[0])
        else:
            self._choose(way, place)

    def _choose(self, way: ShellWay, place: ShellPlace) -> None:
        def picked(container: str | None) -> None:
            if container is not None:
                work = self._step_aside(way, place, container)
                run_in_background(self._screen, work, "shell", exclusive=True)

        items = [PickerItem(name, name) for name in place.containers]
        picker = PickerScreen(f"Shell in {place.pod}", items, heading="CONTAINER")
        self._screen.app.push_screen(picker, picked)

    async def _step_aside(self, way: ShellWay, place: ShellPlace, container: str) -> None:
        session = self._screen.session
        if session.kubectl is None or not self._screen.is_current:
            return
        image = session.settings.debug_image
        command = shell_command(way, session.kubectl, place, container, image)
        where = f"{place.namespace}/{place.pod}, container {container}"
        try:
            ended = await run_aside(self._screen.app, command, f"argotui: kubectl {way} in {where}")
        except SuspendNotSupported:
            self._refuse("it needs a terminal")
            return
        except OSError as error:
            self._refuse(error.strerror or str(error))
            return
        finally:
            self._screen.console.redraw()
        said = [line for line in map(clean_line, ended.said.splitlines()) if line.strip()]
        if ended.code in NO_SHELL and way is ShellWay.EXEC:
            key = keys_of(ACTIONS["workflow.debug"], self._screen.console.keymap)[0]
            self._screen.say(f"{container} has no shell; {key} adds a container that has one")
        elif ended.code and said:
            self._screen.say(f"kubectl: {said[-1]}", problem=True)
        else:
            self._screen.say(f"back from {place.pod}")

    def _refuse(self, why: str) -> None:
        self._screen.say(f"shell: {why}", problem=True)
