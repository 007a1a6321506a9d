"""Failures outside the process: what happened, what it means and what to do."""

from __future__ import annotations

from argotui.model.sanitise import clean


class BackendError(Exception):
    """A failure to show to a person: `title` (what happened), `detail` (the other side's words,
    cleaned) and `hint` (what to do). `retryable` says whether a read may simply be tried again."""

    retryable = False

    def __init__(self, title: str, detail: str = "", hint: str = "") -> None:
        self.title = clean(title)
        self.detail = clean(detail)
        self.hint = hint
        super().__init__(self.title)

    def __str__(self) -> str:
        return "\n".join(part for part in (self.title, self.detail, self.hint) if part)


class ConfigError(BackendError):
    """A kubeconfig, a config file or a flag cannot be used."""


class PluginError(ConfigError):
    """A credential plugin of the kubeconfig failed; `detail` holds all it said."""


class UnreachableError(BackendError):
    """No answer: refused, cut off, timed out, TLS not established."""

    retryable = True


class UnauthorizedError(BackendError):
    """401: the credentials were not accepted, after one attempt to renew them."""

    retryable = True


class ForbiddenError(BackendError):
    """403: known to the server, not allowed to do this."""


class UnavailableError(ForbiddenError):
    """The way to the cluster does not offer this, whoever asks: another way may."""


class NotFoundError(BackendError):
    """404: no such object, or no such resource type."""


class ConflictError(BackendError):
    """409: it was changed or exists already."""


class InvalidError(BackendError):
    """400 or 422: the server refused the request as such, or a patch's `test` did not hold."""


class GoneError(BackendError):
    """410: the resource version or continue token is too old; list again."""

    retryable = True


class ThrottledError(BackendError):
    """429; `retry_after` in seconds, 0 if the server gave none."""

    retryable = True

    def __init__(
        self, title: str, detail: str = "", hint: str = "", retry_after: float = 0.0
    ) -> None:
        super().__init__(title, detail, hint)
        self.retry_after = retry_after


class ServerError(BackendError):
    """5xx: the server, or something before it, failed."""

    retryable = True


class ProtocolError(BackendError):
    """The answer is not what the API promises: not JSON, a line without end, a wrong type."""
