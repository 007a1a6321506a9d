"""Edit a CronWorkflow in the editor, while the console steps aside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from argotui.backend.editor import EditFile, editor_command
from argotui.errors import BackendError, ConfigError
from argotui.model.argo import Key
from argotui.operations.crons.edit import edit_cron
from argotui.screens.answers import tell
from argotui.widgets.aside import run_aside

if TYPE_CHECKING:
    from argotui.screens.base import ConsoleScreen


async def edit_aside(screen: ConsoleScreen, key: Key) -> None:
    """Let a person edit a CronWorkflow, write it back, and say how it came out."""
    app, session = screen.app, screen.session

    async def open_editor(file: EditFile) -> None:
        command = [*editor_command(), str(file.path)]
        try:
            ended = await run_aside(app, command, f"argotui waits for {command[0]} …")
        except (OSError, SuspendNotSupported) as error:
            raise ConfigError(f"The editor {command[0]} cannot run", str(error)) from None
        if ended.code:
            raise ConfigError(f"The editor {command[0]} ended with code {ended.code}", ended.said)

    try:
        said = await edit_cron(
            session.backend.objects, key, open_editor, read_only=session.read_only
        )
    except BackendError as error:
        screen.console.show_error(error)
        return
    tell(screen, said)
