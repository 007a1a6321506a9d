"""All checks of `doctor` on a cluster, in order, for the verb and the screen."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Protocol

import msgspec

from argotui.errors import BackendError
from argotui.operations.doctor.checks import (
    FAIL,
    OK,
    UNKNOWN,
    WARN,
    Check,
    RightAnswer,
    TerminalFacts,
    check_cluster,
    check_rights,
    failed,
)

if TYPE_CHECKING:
    from argotui.backend.clock import Clock
    from argotui.backend.ports import Backend

GLYPHS = {
    OK: ("✔", "succeeded"),
    WARN: ("!", "waiting"),
    FAIL: ("✖", "failed"),
    UNKNOWN: ("?", "dim"),
}
"""Glyph and role of a finding's status."""

ALLOWED = {True: ("yes", "succeeded"), False: ("no", "failed"), None: ("unknown", "dim")}
"""Word and role of an answer."""


class DoctorEnvironment(msgspec.Struct, frozen=True):
    """The environment of the program: the finding about the config file, and the terminal."""

    config: Check
    terminal: TerminalFacts


class DoctorTarget(Protocol):
    """A connection and its namespace; None means all namespaces."""

    @property
    def backend(self) -> Backend: ...
    @property
    def namespace(self) -> str | None: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def read_only(self) -> bool: ...


Opening = AbstractAsyncContextManager[DoctorTarget]
"""A connection for the time of the checks; opening it raises BackendError."""


async def run_checks(opening: Opening, found: Callable[[Check], None]) -> list[RightAnswer]:
    """Call `found` with each finding as soon as it is made, and return the rights.

    Never raises a `BackendError`: that is a finding.
    """
    from argotui.operations.doctor.enforcement import check_enforcement

    fine = True
    try:
        async with opening as target:
            backend = target.backend
            async for check in check_cluster(backend, target.clock):
                found(check)
                fine = fine and check.status != FAIL
            if not fine:
                return []
            answers, checks = await check_rights(backend.cluster, target.namespace)
            checks += await check_enforcement(
                backend.admission, target.namespace, trying=not target.read_only
            )
            for check in checks:
                found(check)
            return answers
    except BackendError as error:
        found(failed("reach", "Connection", error))
        return []
