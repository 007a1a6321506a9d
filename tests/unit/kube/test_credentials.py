"""Plugins and OIDC behind real requests: run when needed, kept while valid, renewed after a 401."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import stat
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from aiohttp import web

from argotui.backend.kube.cluster import KubeCluster, open_cluster
from argotui.backend.kube.oidc import expiry_of
from argotui.backend.ports import Query
from argotui.errors import (
    BackendError,
    ConfigError,
    PluginError,
    UnreachableError,
)
from tests.support import EPOCH, ManualClock
from tests.unit.kube.servers import config, connected, refusal, reply, serving

VERSION = "client.authentication.k8s.io/v1"
EMPTY: dict[str, object] = {"metadata": {"resourceVersion": "7"}, "items": []}


async def lists(kube: KubeCluster) -> str:
    return (await kube.list_workflows(Query("argo"))).resource_version


def accepting(*tokens: str) -> tuple[list[str], Callable[[web.BaseRequest], Any]]:
    """Return the tokens that came, and a handler that accepts only `tokens`."""
    seen: list[str] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        seen.append(request.headers.get("Authorization", "").removeprefix("Bearer "))
        return reply(EMPTY) if seen[-1] in tokens else reply(refusal(401, "Unauthorized"), 401)

    return seen, handler


def plugin(tmp_path: Path, expires: str = "") -> dict[str, object]:
    """Return a user whose plugin gives `run-1`, then `run-2` ..."""
    path = tmp_path / "plugin"
    status = f', "expirationTimestamp": "{expires}"' if expires else ""
    path.write_text(
        "#!/bin/sh\n"
        f"echo x >> {tmp_path}/runs\n"
        f"n=$(wc -l < {tmp_path}/runs | tr -d ' ')\n"
        f'echo \'{{"kind":"ExecCredential","apiVersion":"{VERSION}","status":{{"token":"run-\'$n\'"'
        f"{status}}}}}'\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {"exec": {"apiVersion": VERSION, "command": str(path), "interactiveMode": "Never"}}


async def test_a_plugin_runs_once_for_many_requests(tmp_path: Path) -> None:
    seen, handler = accepting("run-1")
    async with serving(handler) as url, connected(url, plugin(tmp_path)) as kube:
        await asyncio.gather(*(lists(kube) for _ in range(5)))
        await lists(kube)

    assert seen == ["run-1"] * 6


async def test_who_waited_for_a_plugin_that_failed_does_not_run_it_again(tmp_path: Path) -> None:
    _, handler = accepting("run-1")
    user = plugin(tmp_path)
    path = tmp_path / "plugin"
    path.write_text(f"#!/bin/sh\necho x >> {tmp_path}/runs\nexit 3\n")
    async with serving(handler) as url, connected(url, user) as kube:
        failed = await asyncio.gather(*(lists(kube) for _ in range(5)), return_exceptions=True)
        assert all(isinstance(each, BackendError) for each in failed)
        assert (tmp_path / "runs").read_text().count("x") == 1
        with pytest.raises(BackendError):
            await lists(kube)
        assert (tmp_path / "runs").read_text().count("x") == 2


async def test_a_plugin_runs_again_when_its_token_has_expired(tmp_path: Path) -> None:
    seen, handler = accepting("run-1", "run-2")
    clock = ManualClock()
    expires = (EPOCH + timedelta(minutes=10)).isoformat()
    async with serving(handler) as url, connected(url, plugin(tmp_path, expires), None, clock) as k:
        await lists(k)
        await clock.advance(599)
        await lists(k)
        await clock.advance(2)
        await lists(k)

    assert seen == ["run-1", "run-1", "run-2"]


async def test_a_plugin_runs_again_once_for_all_requests_that_were_refused(tmp_path: Path) -> None:
    seen, handler = accepting("run-2")
    async with serving(handler) as url, connected(url, plugin(tmp_path)) as kube:
        await asyncio.gather(*(lists(kube) for _ in range(4)))

    assert sorted(seen) == ["run-1"] * 4 + ["run-2"] * 4
    assert (tmp_path / "runs").read_text().count("x") == 2


async def test_who_waited_for_a_renewal_that_failed_does_not_run_the_plugin_again(
    tmp_path: Path,
) -> None:
    seen, handler = accepting("another")
    user = plugin(tmp_path)
    path = tmp_path / "plugin"
    once = path.read_text().replace(
        "#!/bin/sh\n", f"#!/bin/sh\n[ ! -e {tmp_path}/runs ] || fail=1\n"
    )
    path.write_text(once + '[ -z "$fail" ] || exit 3\n')
    async with serving(handler) as url, connected(url, user) as kube:
        failed = await asyncio.gather(*(lists(kube) for _ in range(4)), return_exceptions=True)

    assert all(isinstance(each, PluginError) for each in failed), failed
    assert seen == ["run-1"] * 4
    assert (tmp_path / "runs").read_text().count("x") == 2


async def test_a_token_of_the_kubeconfig_wins_over_its_plugin(tmp_path: Path) -> None:
    seen, handler = accepting("fixed")
    user = plugin(tmp_path) | {"token": "fixed"}
    async with serving(handler) as url, connected(url, user) as kube:
        await lists(kube)

    assert seen == ["fixed"]
    assert not (tmp_path / "runs").exists()


async def test_a_plugin_that_needs_the_terminal_is_refused_at_once(tmp_path: Path) -> None:
    user: Any = plugin(tmp_path)
    user["exec"]["interactiveMode"] = "Always"

    with pytest.raises(ConfigError, match="needs the terminal"):
        await open_cluster(kubeconfig=config("http://127.0.0.1:1", user))


def jwt(name: str, expires: float) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'exp': expires, 'sub': name})}.{name}"


class Issuer:
    """An OIDC issuer: `tokens` is what the next refresh gives; `asked` what came."""

    def __init__(self) -> None:
        self.tokens: dict[str, object] = {}
        self.asked: list[dict[str, str]] = []
        self.basic_works = True

    async def __call__(self, request: web.BaseRequest) -> web.Response:
        if request.path == "/.well-known/openid-configuration":
            return reply({"token_endpoint": f"http://{request.host}/token"})
        assert request.path == "/token"
        form = dict(parse(await request.text()))
        form["basic"] = request.headers.get("Authorization", "")
        self.asked.append(form)
        if form["basic"] and not self.basic_works:
            return reply({"error": "invalid_client"}, 401)
        if not self.tokens:
            return reply({"error": "invalid_grant", "error_description": "used \x1b[1mup"}, 400)
        return reply(self.tokens)


def parse(form: str) -> list[tuple[str, str]]:
    from urllib.parse import parse_qsl

    return parse_qsl(form)


def oidc(issuer: str, **settings: str) -> dict[str, object]:
    base = {"idp-issuer-url": issuer, "client-id": "kubectl", "client-secret": "sh"}
    return {"auth-provider": {"name": "oidc", "config": base | settings}}


SOON, LATER = (EPOCH + timedelta(hours=1)).timestamp(), (EPOCH + timedelta(hours=2)).timestamp()
PAST = (EPOCH - timedelta(hours=1)).timestamp()


async def test_an_id_token_is_used_until_it_expires_and_then_renewed() -> None:
    first, second = jwt("first", SOON), jwt("second", LATER)
    seen, handler = accepting(first, second)
    issuer, clock = Issuer(), ManualClock()
    issuer.tokens = {"id_token": second}
    async with serving(issuer) as at, serving(handler) as url:
        user = oidc(at, **{"id-token": first, "refresh-token": "r1"})
        async with connected(url, user, None, clock) as kube:
            await lists(kube)
            await clock.advance(3595)
            await lists(kube)

    assert seen == [first, second]
    assert issuer.asked[0]["refresh_token"] == "r1"
    assert issuer.asked[0]["basic"].startswith("Basic ")


async def test_an_issuer_that_wants_the_secret_in_the_body_gets_it_there() -> None:
    token = jwt("new", LATER)
    seen, handler = accepting(token)
    issuer = Issuer()
    issuer.tokens, issuer.basic_works = {"id_token": token}, False
    async with (
        serving(issuer) as at,
        serving(handler) as url,
        connected(url, oidc(at, **{"refresh-token": "r1"})) as kube,
    ):
        await lists(kube)

    assert seen == [token]
    assert issuer.asked[1]["client_secret"] == "sh"


async def test_a_replaced_refresh_token_is_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    token = jwt("new", LATER)
    _, handler = accepting(token)
    issuer = Issuer()
    issuer.tokens = {"id_token": token, "refresh_token": "r2-rotated"}
    async with serving(issuer) as at, serving(handler) as url:
        tree = config(url, oidc(at, **{"id-token": jwt("old", PAST), "refresh-token": "r1-first"}))
        path = tmp_path / "config"
        text = "# mine\n" + yaml.safe_dump(tree)
        path.write_text(text)
        path.chmod(0o600)
        kube = await open_cluster(kubeconfig=path, clock=ManualClock())
        await lists(kube)
        assert kube.warnings == ()
        await kube.close()

    assert path.read_text() == text.replace("r1-first", "r2-rotated")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["config"]


async def test_a_replaced_refresh_token_that_cannot_be_kept_is_warned_of() -> None:
    token = jwt("new", LATER)
    _, handler = accepting(token)
    issuer = Issuer()
    issuer.tokens = {"id_token": token, "refresh_token": "r2"}
    async with (
        serving(issuer) as at,
        serving(handler) as url,
        connected(url, oidc(at, **{"refresh-token": "r1-in-no-file"})) as kube,
    ):
        await lists(kube)
        assert "could not be saved" in kube.warnings[0]


async def test_what_the_issuer_says_is_told() -> None:
    issuer = Issuer()
    async with serving(issuer) as at:
        async with connected("http://127.0.0.1:1", oidc(at, **{"refresh-token": "r1"})) as kube:
            with pytest.raises(PluginError, match="did not renew") as caught:
                await lists(kube)
            assert caught.value.detail == "invalid_grant used up"
            issuer.tokens = {"access_token": "x"}
            with pytest.raises(PluginError, match="no ID token"):
                await lists(kube)
        async with connected("http://127.0.0.1:1", oidc(at)) as kube:
            with pytest.raises(PluginError, match="has expired"):
                await lists(kube)
    away = oidc("http://127.0.0.1:1", **{"refresh-token": "r"})
    async with connected("http://127.0.0.1:1", away) as kube:
        with pytest.raises(UnreachableError, match="issuer cannot be reached"):
            await lists(kube)


@pytest.mark.parametrize("token", ["", "a.b", "a.!!.c", "a.e30x.c", jwt("x", 1e300)])
def test_a_token_that_cannot_be_read_counts_as_expired(token: str) -> None:
    assert expiry_of(token).year == 1


def test_a_token_without_an_end_lasts() -> None:
    assert expiry_of("a.e30.c").year == 9999
