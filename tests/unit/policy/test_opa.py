"""The OPA engine against a real HTTP server that answers whatever it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from argotui.backend.policy.evaluator import PolicyEvaluator
from argotui.backend.policy.opa import OpaEngine
from argotui.errors import ConfigError
from argotui.model.gates.verdict import NoVerdict, PolicyAnswer, Verdict
from tests.support import PATIENCE, ManualClock

ALLOW: dict[str, Any] = {"v": 1, "allow": True, "deny": [], "warn": []}
QUESTION: dict[str, object] = {"v": 1}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """Answers every request with `answer`, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Handler = self._allow
        self.asked: list[tuple[str, dict[str, str], Any]] = []
        self.url = ""

    async def _allow(self, request: web.Request) -> web.StreamResponse:
        return web.json_response({"result": ALLOW})

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.path_qs, dict(request.headers), await request.json()))
        return await self.answer(request)

    def replies(self, body: object, status: int = 200, media: str = "application/json") -> None:
        text = body if isinstance(body, str) else json.dumps(body)

        async def answer(_: web.Request) -> web.StreamResponse:
            return web.Response(text=text, status=status, content_type=media)

        self.answer = answer


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    found = Server()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", found.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield found
    await runner.cleanup()


async def ask(server: Server, *, token: str = "", timeout: float = PATIENCE) -> Verdict:
    judge = PolicyEvaluator(
        OpaEngine(server.url, token=token, timeout=timeout), ManualClock(), limit=2 * PATIENCE
    )
    try:
        return await judge.verdict(QUESTION, "d1")
    finally:
        await judge.close()


async def test_an_explicit_allow_is_one(server: Server) -> None:
    verdict = await ask(server, token="s3cret")
    assert verdict.answer is PolicyAnswer.ALLOW
    assert verdict.digest == "d1"
    path, headers, body = server.asked[0]
    assert path.startswith("/v1/data/argotui/gate/decision?")
    assert "strict-builtin-errors=true" in path
    assert headers["Authorization"] == "Bearer s3cret"
    assert body == {"input": QUESTION}


@pytest.mark.parametrize(
    ("result", "answer"),
    [
        ({}, PolicyAnswer.NO_VERDICT),
        ([], PolicyAnswer.NO_VERDICT),
        ("true", PolicyAnswer.NO_VERDICT),
        (True, PolicyAnswer.NO_VERDICT),
        (1, PolicyAnswer.NO_VERDICT),
        (None, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "allow": "true"}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "allow": 1}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "allow": [True]}, PolicyAnswer.NO_VERDICT),
        ({"v": 1}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "v": 2}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "v": True}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "v": "1"}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "deny": [{"msg": "no"}]}, PolicyAnswer.DENY),
        ({**ALLOW, "deny": ["no"]}, PolicyAnswer.DENY),
        ({**ALLOW, "deny": {"msg": "no"}}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "deny": [1]}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "allow": False}, PolicyAnswer.DENY),
        ({**ALLOW, "confidence": "0.99"}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "confidence": True}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "confidence": 1.01}, PolicyAnswer.NO_VERDICT),
        ({**ALLOW, "confidence": None}, PolicyAnswer.ALLOW),
        ({**ALLOW, "required_groups": "approvers"}, PolicyAnswer.NO_VERDICT),
    ],
)
async def test_05_only_the_contract_allows(
    server: Server, result: object, answer: PolicyAnswer
) -> None:
    server.replies({"result": result})
    assert (await ask(server)).answer is answer


@pytest.mark.parametrize(
    ("body", "status", "media", "why"),
    [
        ({}, 200, "application/json", NoVerdict.BROKEN),
        ({"result": ALLOW, "warning": {"code": "x"}}, 200, "application/json", NoVerdict.BROKEN),
        ({"result": ALLOW}, 401, "application/json", NoVerdict.BROKEN),
        ({"result": ALLOW}, 403, "application/json", NoVerdict.BROKEN),
        ({"result": ALLOW}, 404, "application/json", NoVerdict.BROKEN),
        ({"result": ALLOW}, 400, "application/json", NoVerdict.BROKEN),
        ({"result": ALLOW}, 500, "application/json", NoVerdict.BROKEN),
        ({"result": ALLOW}, 302, "application/json", NoVerdict.BROKEN),
        ({"result": ALLOW}, 429, "application/json", NoVerdict.UNREACHABLE),
        ({"result": ALLOW}, 503, "application/json", NoVerdict.UNREACHABLE),
        ({"result": ALLOW}, 200, "text/html", NoVerdict.BROKEN),
        ("<html>allow</html>", 200, "text/html", NoVerdict.BROKEN),
        ("", 200, "application/json", NoVerdict.BROKEN),
        ('{"result": {"v": 1, "allow": true', 200, "application/json", NoVerdict.BROKEN),
        (
            '{"result": {"v": 1, "allow": true, "confidence": NaN}}',
            200,
            "application/json",
            NoVerdict.BROKEN,
        ),
        ([{"result": ALLOW}], 200, "application/json", NoVerdict.BROKEN),
    ],
)
async def test_05_anything_else_is_no_verdict(
    server: Server, body: object, status: int, media: str, why: NoVerdict
) -> None:
    server.replies(body, status, media)
    verdict = await ask(server)
    assert (verdict.answer, verdict.why) == (PolicyAnswer.NO_VERDICT, why)
    assert len(server.asked) == 1


async def test_05_fifty_megabytes_are_not_read(server: Server) -> None:
    sent = 0

    async def flood(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "application/json"})
        await response.prepare(request)
        await response.write(b'{"result": {"v": 1, "allow": true, "pad": "')
        for _ in range(50):
            await response.write(b"x" * (1 << 20))
            sent += 1
        return response

    server.answer = flood
    verdict = await ask(server)
    assert verdict.why is NoVerdict.BROKEN
    assert sent < 50


async def test_05_a_slow_server_is_unreachable(server: Server) -> None:
    async def never(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        return web.Response()

    server.answer = never
    verdict = await ask(server, timeout=0.05)
    assert (verdict.answer, verdict.why) == (PolicyAnswer.NO_VERDICT, NoVerdict.UNREACHABLE)


async def test_05_a_server_that_hangs_up_is_unreachable_and_asked_once(server: Server) -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    server.answer = drop
    assert (await ask(server)).why is NoVerdict.UNREACHABLE
    assert len(server.asked) == 1


async def test_nobody_listening_is_unreachable_and_names_no_address() -> None:
    judge = PolicyEvaluator(OpaEngine("http://127.0.0.1:1", token="s3cret"), ManualClock())
    verdict = await judge.verdict(QUESTION, "d1")
    await judge.close()
    assert verdict.why is NoVerdict.UNREACHABLE
    assert "s3cret" not in verdict.detail


async def test_what_the_policy_says_is_sanitised_and_its_revision_kept(server: Server) -> None:
    denial = {
        **ALLOW,
        "allow": False,
        "deny": [{"msg": "no\x1b]52;c;AAAA\x07\u202e!", "code": "c"}],
    }
    server.replies(
        {
            "result": denial,
            "decision_id": "id-1",
            "provenance": {"bundles": {"gates": {"revision": "3f2a"}}},
        }
    )
    verdict = await ask(server)
    assert [reason.msg for reason in verdict.deny] == ["no\ufffd!"]
    assert (verdict.revision, verdict.decision_id) == ("3f2a", "id-1")


@pytest.mark.parametrize("url", ["", "opa:8181", "ftp://opa", "http://opa/prefix", "http://"])
def test_an_address_that_cannot_be_asked_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        OpaEngine(url)


async def test_the_breaker_spares_a_server_that_is_down(server: Server) -> None:
    clock = ManualClock()
    judge = PolicyEvaluator(OpaEngine(server.url, timeout=PATIENCE), clock, limit=2 * PATIENCE)
    server.replies({}, 503)
    for _ in range(10):
        assert (await judge.verdict(QUESTION, "d")).why is NoVerdict.UNREACHABLE
    assert len(server.asked) == 3

    await clock.advance(10)
    release = asyncio.Event()

    async def allow_later(_: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response({"result": ALLOW})

    server.answer = allow_later
    waiting = [asyncio.create_task(judge.verdict(QUESTION, "d")) for _ in range(10)]
    _, pending = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    assert len(pending) >= 1
    release.set()
    verdicts = [await task for task in waiting]
    assert len(server.asked) == 4
    assert sum(verdict.answer is PolicyAnswer.ALLOW for verdict in verdicts) == 1
    assert (await judge.verdict(QUESTION, "d")).answer is PolicyAnswer.ALLOW
    await judge.close()
