"""What the Argo server's refusals mean.

A refusal is `{"code": …, "message": …}`, its code one of gRPC; in a stream it is
`{"error": {"grpc_code": …, "http_code": …, "message": …}}` (grpc-gateway v1, runtime/errors.go and
runtime/handler.go). `server/utils/errors.go` maps the errors of the API server to those codes, so
409 is "already exists" there and 410 has become 400.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from argotui.backend.kube.errors_from_http import Status, from_response, from_status
from argotui.errors import (
    BackendError,
    GoneError,
    ProtocolError,
    ServerError,
    UnauthorizedError,
    UnavailableError,
    UnreachableError,
)
from argotui.model.sanitise import clean

END_OF_STREAM = "EOF"
"""The message with which the server ends a watch, as 429."""
_TOO_OLD = ("too old resource version", "The resourceVersion for the provided")
_UNIMPLEMENTED = 12


class _Inner(msgspec.Struct):
    grpc_code: int = 0
    http_code: int = 0
    message: str = ""


class Said(msgspec.Struct):
    """A refusal, in an answer of its own or in a stream."""

    code: int = 0
    message: str = ""
    error: _Inner | str | None = None


def refusal(status: int, headers: Mapping[str, str], body: bytes, doing: str) -> BackendError:
    """Return what an answer other than success means; `body` may be anything, and cut.

    A stream that is refused begins like one that is not: `data: {"error":`.
    """
    try:
        said = msgspec.json.decode(body.removeprefix(b"data:").strip(), type=Said)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return _of(status, 0, "", headers, doing, from_response(status, headers, body, doing))
    inner = said.error
    if isinstance(inner, _Inner):
        return _of(inner.http_code or status, inner.grpc_code, inner.message, headers, doing)
    return _of(status, said.code, said.message or (inner or ""), headers, doing)


def stream_error(said: Said, doing: str) -> BackendError:
    """Return what a frame of a stream means that has an error instead of a result."""
    inner = said.error
    if isinstance(inner, _Inner):
        return _of(inner.http_code, inner.grpc_code, inner.message, {}, doing)
    return ProtocolError(f"Could not {doing}: a message of the Argo server is empty")


def _of(
    status: int,
    code: int,
    message: str,
    headers: Mapping[str, str],
    doing: str,
    other: BackendError | None = None,
) -> BackendError:
    words = clean(message)
    if status == 400 and message.startswith(_TOO_OLD):
        return GoneError(f"Could not {doing}: that is too long ago", words)
    if status == 401:
        return UnauthorizedError(
            f"Could not {doing}: the Argo server does not accept the token",
            words,
            "Set ARGO_TOKEN to a valid one; `argo auth token` or the user page of Argo's web UI "
            "shows it.",
        )
    if status == 501 or code == _UNIMPLEMENTED:
        return UnavailableError(
            f"Could not {doing}: the Argo server does not offer it",
            words,
            "Check the base path (ARGO_BASE_HREF), and the version of the server.",
        )
    if 300 <= status < 400:
        return ProtocolError(
            f"Could not {doing}: the server redirects to another address",
            f"HTTP {status} to {clean(headers.get('Location', '?')).partition('?')[0]}",
            "Is the address that of an Argo server, its base path included (ARGO_BASE_HREF)?",
        )
    if other is not None:
        return other
    if status >= 500:
        return ServerError(f"Could not {doing}: the Argo server failed (HTTP {status})", words)
    return from_status(Status(message=message, code=status), doing, headers)


def with_own_hint(error: BackendError) -> BackendError:
    """Replace the advice about a kubeconfig by that for an Argo server."""
    if isinstance(error, UnreachableError):
        if "certificate" in error.title:
            error.hint = (
                "Argo servers often have a certificate of their own: name its authority with "
                "--argo-ca-file, or set ARGO_INSECURE_SKIP_VERIFY=true."
            )
        elif "does not speak TLS" in error.title:
            error.hint = "Set ARGO_SECURE=false for an Argo server without TLS."
    elif "HTTP request to an HTTPS server" in error.detail:
        error.hint = "The Argo server speaks TLS: leave ARGO_SECURE unset."
    return error
