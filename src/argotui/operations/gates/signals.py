"""Run the command of the settings when a gate opens."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Sequence

from argotui.model.gates.gate import Gate
from argotui.model.sanitise import clean_line

SECONDS = 30.0
"""Seconds that a command may take."""


def environment(gate: Gate) -> dict[str, str]:
    """Return the environment of the command: the gate is in ARGOTUI_GATE, ARGOTUI_WORKFLOW and
    ARGOTUI_NAMESPACE, one line each."""
    facts = {
        "ARGOTUI_GATE": gate.name,
        "ARGOTUI_WORKFLOW": gate.key.name,
        "ARGOTUI_NAMESPACE": gate.key.namespace,
    }
    return {**os.environ, **{name: clean_line(text) for name, text in facts.items()}}


async def run_command(words: Sequence[str], gate: Gate) -> str:
    """Run a command for a gate, without a shell and with unchanged words; return the problem, "" if
    it succeeded."""
    name = words[0]
    try:
        process = await asyncio.create_subprocess_exec(
            *words,
            env=environment(gate),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except (OSError, ValueError) as error:
        return f"{name}: {getattr(error, 'strerror', None) or error}"
    try:
        async with asyncio.timeout(SECONDS):
            code = await process.wait()
    except TimeoutError:
        return f"{name} was ended: it took longer than {SECONDS:g} s"
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return f"{name} ended with exit code {code}" if code else ""
