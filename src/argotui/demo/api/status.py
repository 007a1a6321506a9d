"""Error responses in the API server's own words (Kubernetes 1.34)."""

from __future__ import annotations

from typing import Any

from argotui.demo.api.kinds import ResourceType


class ApiError(Exception):
    """The error response to a request; `document` is the Status object."""

    def __init__(
        self,
        code: int,
        reason: str,
        message: str,
        details: dict[str, Any] | None = None,
        *,
        metadata: dict[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.retry_after = retry_after
        self.document: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": metadata or {},
            "status": "Failure",
            "message": message,
        }
        if reason:
            self.document["reason"] = reason
        if details is not None:
            self.document["details"] = details
        self.document["code"] = code


def _details(kind: ResourceType, name: str = "", *, by_kind: bool = False) -> dict[str, Any]:
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if kind.group:
        details["group"] = kind.group
    details["kind"] = kind.kind if by_kind else kind.plural
    return details


def bad_request(message: str) -> ApiError:
    return ApiError(400, "BadRequest", message)


def unauthorized() -> ApiError:
    return ApiError(401, "Unauthorized", "Unauthorized")


def forbidden(
    user: str, verb: str, kind: ResourceType, namespace: str, name: str = "", subresource: str = ""
) -> ApiError:
    resource = f"{kind.plural}/{subresource}" if subresource else kind.plural
    where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
    subject = f'{kind.resource} "{name}"' if name else kind.resource
    return ApiError(
        403,
        "Forbidden",
        f'{subject} is forbidden: User "{user}" cannot {verb} resource "{resource}" '
        f'in API group "{kind.group}" {where}',
        _details(kind, name),
    )


def forbidden_path(user: str, verb: str, path: str) -> ApiError:
    return ApiError(403, "Forbidden", f'forbidden: User "{user}" cannot {verb} path "{path}"', {})


def not_found(kind: ResourceType, name: str) -> ApiError:
    return ApiError(404, "NotFound", f'{kind.resource} "{name}" not found', _details(kind, name))


def method_not_allowed() -> ApiError:
    return ApiError(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
        {},
    )


def not_acceptable() -> ApiError:
    return ApiError(
        406,
        "NotAcceptable",
        "only the following media types are accepted: application/json, application/yaml, "
        "application/vnd.kubernetes.protobuf",
    )


def already_exists(kind: ResourceType, name: str) -> ApiError:
    return ApiError(
        409, "AlreadyExists", f'{kind.resource} "{name}" already exists', _details(kind, name)
    )


def conflict(kind: ResourceType, name: str, why: str = "") -> ApiError:
    why = why or (
        "the object has been modified; please apply your changes to the latest version "
        "and try again"
    )
    return ApiError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {kind.resource} "{name}": {why}',
        _details(kind, name),
    )


def precondition_failed(
    kind: ResourceType, name: str, what: str, wanted: str, found: str
) -> ApiError:
    """`what` is UID or ResourceVersion."""
    happened = "deleted and then recreated" if what == "UID" else "modified"
    return ApiError(
        409,
        "Conflict",
        f'Operation cannot be fulfilled on {kind.qualified} "{name}": the {what} in the '
        f"precondition ({wanted}) does not match the {what} in record ({found}). "
        f"The object might have been {happened}",
        _details(kind, name, by_kind=True),
    )


def expired(message: str, *, metadata: dict[str, Any] | None = None) -> ApiError:
    return ApiError(410, "Expired", message, metadata=metadata)


def too_old(version: int, oldest: int) -> ApiError:
    return expired(f"too old resource version: {version} ({oldest})")


def too_large(version: int, current: int) -> ApiError:
    return ApiError(
        504,
        "Timeout",
        f"Timeout: Too large resource version: {version}, current: {current}",
        {
            "causes": [
                {
                    "reason": "ResourceVersionTooLarge",
                    "message": "Too large resource version",
                }
            ],
            "retryAfterSeconds": 1,
        },
        retry_after=1,
    )


def unsupported_media_type(accepted: str) -> ApiError:
    return ApiError(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
        + accepted,
    )


def rejected_patch() -> ApiError:
    """The message for a JSON Patch that does not apply; it names neither operation nor reason."""
    return ApiError(
        422, "Invalid", "the server rejected our request due to an error in our request", {}
    )


def invalid(
    qualified: str, name: str, field: str, reason: str, problem: str, *, group: str = ""
) -> ApiError:
    """Return the error of an invalid field; `qualified` is `Kind.group`, `problem` a sentence."""
    kind = qualified.partition(".")[0]
    details: dict[str, Any] = {}
    if name:
        details["name"] = name
    if group:
        details["group"] = group
    details["kind"] = kind
    details["causes"] = [{"reason": reason, "message": problem, "field": field}]
    return ApiError(422, "Invalid", f'{qualified} "{name}" is invalid: {field}: {problem}', details)


def too_many_requests(retry_after: int) -> ApiError:
    return ApiError(
        429,
        "TooManyRequests",
        "the server has received too many requests and has asked us to try again later",
        {"retryAfterSeconds": retry_after},
        retry_after=retry_after,
    )


def internal(message: str = "Internal error occurred: etcdserver: request timed out") -> ApiError:
    return ApiError(500, "InternalError", message, {"causes": [{"message": message}]})


NOT_FOUND_TEXT = b"404 page not found\n"
"""The response to a path that no API serves: plain text, no Status."""
