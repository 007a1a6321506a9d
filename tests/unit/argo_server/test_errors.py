"""What the refusals of an Argo server mean."""

from __future__ import annotations

import json

import pytest

from argotui.backend.argo_server.errors import refusal
from argotui.errors import (
    BackendError,
    ConflictError,
    ForbiddenError,
    GoneError,
    InvalidError,
    NotFoundError,
    ProtocolError,
    ServerError,
    ThrottledError,
    UnauthorizedError,
    UnavailableError,
)


@pytest.mark.parametrize(
    ("status", "code", "message", "kind"),
    [
        (404, 5, 'workflows.argoproj.io "x" not found', NotFoundError),
        (409, 6, "already exists", ConflictError),
        (403, 7, "may not", ForbiddenError),
        (401, 16, "token not valid", UnauthorizedError),
        (400, 3, "unsupported requirement x", InvalidError),
        (400, 3, "too old resource version: 5 (1000)", GoneError),
        (429, 8, "slow down", ThrottledError),
        (501, 12, "Not Implemented", UnavailableError),
        (500, 13, "timed out waiting for the condition", ServerError),
        (503, 14, "unavailable", ServerError),
    ],
)
@pytest.mark.parametrize("form", ["answer", "stream", "event"])
def test_a_refusal_is_understood_by_its_code(
    status: int, code: int, message: str, kind: type[BackendError], form: str
) -> None:
    body = json.dumps({"code": code, "message": message})
    if form != "answer":
        inner = {"grpc_code": code, "http_code": status, "message": message}
        body = json.dumps({"error": inner})
    if form == "event":
        body = f"data: {body} \n\n"
    error = refusal(status, {}, body.encode(), "do it")
    assert type(error) is kind
    assert message in error.detail
    assert "do it" in str(error)


def test_the_words_of_a_server_are_cleaned() -> None:
    body = json.dumps({"code": 13, "message": "\x1b[31mred\u202e"}).encode()
    said = str(refusal(500, {}, body, "x"))
    assert "red" in said
    assert not {"\x1b", "\u202e"} & set(said)


@pytest.mark.parametrize("body", [b"", b"<html><title>Login</title>", b"[]", b"{", b"nothing"])
def test_an_answer_of_something_else_is_an_error_too(body: bytes) -> None:
    assert isinstance(refusal(502, {}, body, "x"), ServerError)
    redirect = refusal(302, {"Location": "https://sso.example/login?code=1"}, body, "x")
    assert isinstance(redirect, ProtocolError)
    assert "sso.example" in str(redirect)
    assert "code=1" not in str(redirect)
