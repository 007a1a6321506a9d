"""Work beside the screen that fails loudly: an unexpected error is logged and shown."""

from __future__ import annotations

import logging
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from textual import work
from textual.app import App
from textual.dom import DOMNode
from textual.worker import Worker

log = logging.getLogger(__name__)

P = ParamSpec("P")
Owner = TypeVar("Owner", bound=DOMNode)

SHOWN_SECONDS = 10.0
"""How long the notification of an error stays."""


def internal_error(error: BaseException) -> str:
    """Return what the user reads of an error of argotui itself; its text may hold secrets."""
    return f"Internal error ({type(error).__name__}); see the log"


def report_error(app: App[Any], error: Exception, doing: str) -> None:
    """Log an unexpected error and show that there was one; `doing` names the work."""
    log.error("%s failed on an internal error", doing, exc_info=error)
    if app.is_running:
        app.notify(internal_error(error), severity="error", markup=False, timeout=SHOWN_SECONDS)


def background(
    group: str, *, exclusive: bool = False
) -> Callable[
    [Callable[Concatenate[Owner, P], Coroutine[Any, Any, None]]],
    Callable[Concatenate[Owner, P], Worker[None]],
]:
    """Make a method a Textual worker that goes on beside the screen.

    An exclusive one ends the one before it of its `group`. An error that the method does not
    handle is reported; the console goes on.
    """

    def decorate(
        method: Callable[Concatenate[Owner, P], Coroutine[Any, Any, None]],
    ) -> Callable[Concatenate[Owner, P], Worker[None]]:
        @wraps(method)
        async def guarded(self: Owner, *args: P.args, **kwargs: P.kwargs) -> None:
            await _reported(self, method(self, *args, **kwargs), group)

        return work(group=group, exclusive=exclusive, exit_on_error=False)(guarded)

    return decorate


def run_in_background(
    owner: DOMNode, work: Coroutine[Any, Any, None], group: str, *, exclusive: bool = False
) -> Worker[None]:
    """Run a coroutine as `background` does."""
    return owner.run_worker(
        _reported(owner, work, group), group=group, exclusive=exclusive, exit_on_error=False
    )


async def _reported(owner: DOMNode, work: Coroutine[Any, Any, None], group: str) -> None:
    try:
        await work
    except Exception as error:
        report_error(owner.app, error, group)
