"""How a person who looks elsewhere learns of a gate: bell, notification, a command, a toast."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from textual.app import App

from argotui.errors import BackendError
from argotui.model.counted import counted
from argotui.model.gates.inbox import OpenGate
from argotui.model.redact import redact_text
from argotui.model.sanitise import clean_line
from argotui.operations.gates.signals import run_command
from argotui.widgets.background import run_in_background
from argotui.widgets.textual_internals import write_to_terminal

if TYPE_CHECKING:
    from textual.screen import Screen

    from argotui.config.settings import GateSettings
    from argotui.operations.gates.decide import Result
    from argotui.operations.gates.review import Review

AT_ONCE = 4
"""How many commands run at the same time."""
_MOST = 200
"""Characters of a notification."""


def signal_gates(app: App[None], settings: GateSettings, gates: Sequence[OpenGate]) -> None:
    """Tell of gates that just opened, as the settings have it."""
    if settings.bell:
        app.bell()
    if settings.notify:
        write_to_terminal(app, f"\x1b]9;{notification(gates)}\x07")
    if settings.command:
        run_in_background(app, _run_commands(app, settings.command, gates), "gate-command")


def notification(gates: Sequence[OpenGate]) -> str:
    """Return one line about gates, with nothing in it that a terminal would act on."""
    names = ", ".join(f"{item.gate.name} of {item.gate.key.name}" for item in gates)
    count = "a gate waits" if len(gates) == 1 else counted(len(gates), "gate waits", "gates wait")
    return clean_line(f"argotui: {count}: {names}")[:_MOST]


async def _run_commands(app: App[None], command: Sequence[str], gates: Sequence[OpenGate]) -> None:
    slots = asyncio.Semaphore(AT_ONCE)

    async def run(item: OpenGate) -> None:
        async with slots:
            problem = await run_command(command, item.gate)
        if problem:
            app.notify(
                clean_line(problem),
                title="The command for new gates",
                severity="warning",
                markup=False,
            )

    await asyncio.gather(*(run(item) for item in gates))


def tell_elsewhere(
    app: App[None], asker: Screen[Any], review: Review, task: asyncio.Task[Result]
) -> None:
    """Show the outcome of a decision after its screen was left."""
    if task.cancelled() or not app.is_running or asker.is_current:
        return
    error = task.exception()
    if error is None:
        result = task.result()
        text = f"{result.outcome.value}: {review.gate}: {result.detail}"
    elif isinstance(error, BackendError):
        text = f"nothing was sent: {review.gate}: {error.title}"
    else:
        text = f"not decided: {review.gate}: internal error, see the log"
    app.notify(redact_text(clean_line(text)), markup=False, timeout=10)
