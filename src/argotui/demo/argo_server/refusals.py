"""Refusals in the words and codes of the Argo server (`server/utils/errors.go`)."""

from __future__ import annotations

INVALID = 3
NOT_FOUND = 5
EXISTS = 6
FORBIDDEN = 7
EXHAUSTED = 8
UNIMPLEMENTED = 12
INTERNAL = 13
UNAUTHENTICATED = 16

_OF_HTTP = {
    404: NOT_FOUND,
    409: EXISTS,
    403: FORBIDDEN,
    401: UNAUTHENTICATED,
    429: EXHAUSTED,
    400: INVALID,
    501: UNIMPLEMENTED,
    500: INTERNAL,
}
_TO_HTTP = {code: status for status, code in _OF_HTTP.items()}
_WORDS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    429: "Too Many Requests",
    500: "Internal Server Error",
    501: "Not Implemented",
}


class Refused(Exception):
    """A refusal with a code of gRPC."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status (grpc-gateway, runtime/errors.go)."""
        return _TO_HTTP[self.code]

    @property
    def document(self) -> dict[str, object]:
        """The body of an answer."""
        return {"code": self.code, "message": self.message}

    @property
    def frame(self) -> dict[str, object]:
        """The message that ends a stream."""
        return {
            "error": {
                "grpc_code": self.code,
                "http_code": self.status,
                "message": self.message,
                "http_status": _WORDS[self.status],
            }
        }


def from_kubernetes(status: int, message: str) -> Refused:
    """Return what becomes of a refusal by the API server: 410 is 400, a conflict "exists"."""
    if status in _OF_HTTP:
        return Refused(_OF_HTTP[status], message)
    return Refused(INTERNAL if status >= 500 else INVALID, message)


def end_of_stream() -> Refused:
    """Return the error with which the server ends a watch."""
    return Refused(EXHAUSTED, "EOF")
