"""What the keys of the screens of CronWorkflows do to the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING

from argotui.errors import BackendError
from argotui.model.counted import counted
from argotui.model.kinds import CRON_WORKFLOW
from argotui.model.workflow.operations import OperationStatus
from argotui.operations.crons.operate import CronOperation, operate_cron
from argotui.screens.answers import tell
from argotui.widgets.background import run_in_background

if TYPE_CHECKING:
    from argotui.model.cron.summary import CronSummary
    from argotui.screens.base import ConsoleScreen
    from argotui.screens.crons.reading import CronReader

_RIGHTS = {
    "pause": ("patch", "cronworkflows"),
    "edit": ("update", "cronworkflows"),
    "delete": ("delete", "cronworkflows"),
    "run": ("create", "workflows"),
    "backfill": ("create", "workflows"),
}
"""The verb and the resource that each key needs."""


class CronKeys:
    """Does what a key asks for, and says why it cannot be done.

    Rights are asked for once for each namespace; until the answer is there, nothing is said against
    an operation.
    """

    def __init__(
        self, screen: ConsoleScreen, reader: CronReader, chosen: Callable[[], CronSummary | None]
    ) -> None:
        self._screen = screen
        self._reader = reader
        self._chosen = chosen
        self._rights: dict[tuple[str, str, str], bool | None] = {}

    def reason_against(self, name: str) -> str | None:
        """Return why an action of the group `cron` cannot be done now, or None."""
        if name == "refresh":
            return None
        row = self._chosen()
        if row is None:
            return "no CronWorkflow is under the cursor"
        if name in _RIGHTS and (why := self._refusal(*_RIGHTS[name], row.key.namespace)):
            return why
        if name == "backfill" and row.refusal:
            return f"Argo refuses its schedule: {row.refusal}"
        return None

    def label(self, name: str, usual: str) -> str:
        """Return what the footer calls an action."""
        row = self._chosen()
        return "resume" if name == "pause" and row is not None and row.suspended else usual

    def _refusal(self, verb: str, resource: str, namespace: str) -> str:
        asked = (verb, resource, namespace)
        if asked not in self._rights:
            self._rights[asked] = None
            run_in_background(self._screen, self._ask(*asked), "cron-rights")
        if self._rights[asked] is False:
            return f"you may not {verb.replace('patch', 'change')} {resource} in {namespace}"
        return ""

    async def _ask(self, verb: str, resource: str, namespace: str) -> None:
        port = self._screen.session.backend.objects
        try:
            access = await port.can(verb, resource, namespace=namespace)
        except BackendError:
            self._rights.pop((verb, resource, namespace), None)
            return
        self._rights[verb, resource, namespace] = access.allowed
        if self._screen.is_attached:
            self._screen.refresh_chrome()

    # Doing.

    def begin(self, name: str) -> None:
        """Do an action of the group `cron`."""
        row, screen = self._chosen(), self._screen
        if name == "refresh":
            self._reader.refresh()
            screen.say("reading everything again")
        elif row is not None:
            match name:
                case "pause":
                    resumes = CronOperation.RESUME if row.suspended else CronOperation.SUSPEND
                    self._do(self._operate(resumes, row))
                case "delete":
                    self._ask_to_delete(row)
                case "run":
                    from argotui.screens.templates.submit import SubmitScreen

                    screen.app.push_screen(SubmitScreen(CRON_WORKFLOW, row.key))
                case "backfill":
                    from argotui.screens.crons.backfill import BackfillScreen

                    screen.app.push_screen(BackfillScreen(screen.session, row.key))
                case "edit":
                    from argotui.screens.crons.editing import edit_aside

                    self._do(edit_aside(screen, row.key))
                case "history":
                    label = "workflows.argoproj.io/cron-workflow"
                    screen.console.run_command(f"workflows -l {label}={row.key.name}")
                case "copy":
                    screen.console.copy(row.key.name)
                    screen.say(f"copied {row.key.name}")

    def _do(self, work: Coroutine[None, None, None]) -> None:
        # It belongs to the application: a write goes on when the screen is left.
        run_in_background(self._screen.app, work, "cron-operation")

    def _ask_to_delete(self, row: CronSummary) -> None:
        from argotui.screens.dialogs.question import QuestionScreen

        runs = self._reader.runs().get(row.key, [])
        lines = ["It starts no further run."]
        if runs:
            own = counted(len(runs), "workflow")
            lines.append(f"Kubernetes deletes the {own} that it started.")
        if active := sum(not run.ended for run in runs):
            lines.append(f"{counted(active, 'workflow')} of them still running.")

        def answered(yes: bool | None) -> None:
            if yes:
                self._do(self._operate(CronOperation.DELETE, row))

        self._screen.app.push_screen(QuestionScreen(f"Delete {row.key}?", lines), answered)

    async def _operate(self, operation: CronOperation, row: CronSummary) -> None:
        session = self._screen.session
        result = await operate_cron(
            session.backend.objects,
            operation,
            row.key,
            session.clock,
            uid=row.uid,
            read_only=session.read_only,
        )
        if result.status is OperationStatus.DONE:
            tell(self._screen, f"{row.key.name}: {result.detail}")
        else:
            said = f"{row.key.name}: {result.status.value}: {result.detail}"
            tell(self._screen, said, problem=not result.status.good)
