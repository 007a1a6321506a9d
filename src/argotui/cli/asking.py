"""A question at the terminal that ctrl-c ends at once."""

from __future__ import annotations

import signal
import sys
from types import FrameType

import click


def need_answers(instead: str = "give --yes") -> None:
    """Raise `UsageError` with an alternative if standard input is not a terminal."""
    if not sys.stdin.isatty():
        raise click.UsageError(f"standard input is not a terminal: {instead}")


def confirm(question: str) -> None:
    """Ask on stderr; raise `click.Abort` unless the answer is yes, `KeyboardInterrupt` at ctrl-c.

    A running event loop handles ctrl-c only when it gets control, which it does not while the
    question waits. So this function handles the signal itself. For the main thread only.
    """
    interrupted = False

    def interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal interrupted
        interrupted = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        answer = click.confirm(question, default=False, err=True)
    except click.Abort:
        if interrupted:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if not answer:
        raise click.Abort
