"""The exit codes of every verb, and which failure has which."""

from __future__ import annotations

from argotui.errors import (
    BackendError,
    ConfigError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PluginError,
    ServerError,
    ThrottledError,
    UnauthorizedError,
    UnreachableError,
)

OK = 0
FAILURE = 1
"""A failure without its own code; for `watch`: the workflow failed."""
USAGE = 2
"""A command line, config file or kubeconfig that cannot be used."""
NOT_FOUND = 3
FORBIDDEN = 4
"""Not allowed, or the credentials were not accepted."""
UNREACHABLE = 5
"""No usable answer from the API server."""
WORKFLOW_ERROR = 6
"""Of `watch`: a workflow ended in phase Error."""
ALREADY_DECIDED = 10
"""Of `approve` and `deny`: somebody else, or the controller, was first."""
CHANGED = 11
"""For `approve` and `deny`: the gate changed since the review; nothing was decided. For operations:
the workflow is another one than was chosen."""
UNKNOWN_OUTCOME = 12
"""The write was sent, but the outcome is unknown. Look before you act."""
BUG = 70
"""A fault of argotui itself; `EX_SOFTWARE` of sysexits.h."""
TIMEOUT = 124
"""Of `watch --timeout`: the time is over; the code of timeout(1)."""
INTERRUPTED = 130
"""Ctrl-C; 128 + SIGINT, as shells have it."""
BROKEN_PIPE = 141
"""The reader of the output went away; 128 + SIGPIPE, as of any program in a pipe."""

_CODES: tuple[tuple[type[BackendError], int], ...] = (
    (PluginError, FORBIDDEN),
    (ConfigError, USAGE),
    (InvalidError, USAGE),
    (NotFoundError, NOT_FOUND),
    (ForbiddenError, FORBIDDEN),
    (UnauthorizedError, FORBIDDEN),
    (UnreachableError, UNREACHABLE),
    (ServerError, UNREACHABLE),
    (ThrottledError, UNREACHABLE),
)


def code_of(error: BackendError) -> int:
    """Return the exit code of a failure."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILURE)


def code_of_phase(phase: str) -> int:
    """Return the exit code of `watch` for the phase a workflow ended in."""
    return {"Succeeded": OK, "Error": WORKFLOW_ERROR}.get(phase, FAILURE)
