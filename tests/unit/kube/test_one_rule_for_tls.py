"""The API server, OPA and OIDC issuers are trusted by one rule, and a certificate is called one."""

from __future__ import annotations

import re
import ssl
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from argotui.backend.kube.oidc import OidcSession
from argotui.backend.policy.failures import PolicyUnreachable
from argotui.backend.policy.opa import OpaEngine
from argotui.backend.tls import client_tls
from argotui.config.settings import GateSettings, Settings
from argotui.errors import ConfigError, UnreachableError
from argotui.operations.gates.context import open_policy
from tests.support import ManualClock
from tests.unit.kube.conftest import Authority
from tests.unit.kube.servers import reply, serving

SOURCES = Path(__file__).parents[3] / "src" / "argotui"
HERE = "subjectAltName=IP:127.0.0.1"


async def allows(_: web.BaseRequest) -> web.Response:
    return reply({"result": {"v": 1, "allow": True, "deny": [], "warn": []}})


def test_certificates_that_only_python_calls_malformed_are_accepted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    usual = ssl.create_default_context

    def as_in_python_3_13(*args: Any, **named: Any) -> ssl.SSLContext:
        context = usual(*args, **named)
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        return context

    monkeypatch.setattr(ssl, "create_default_context", as_in_python_3_13)
    context = client_tls()
    assert not context.verify_flags & ssl.VERIFY_X509_STRICT
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_nothing_else_sets_up_tls_for_a_client() -> None:
    found = {
        str(path.relative_to(SOURCES))
        for path in SOURCES.rglob("*.py")
        if re.search(r"create_default_context|SSLContext\(", path.read_text())
    }
    assert found == {"backend/tls.py"}


async def test_a_policy_server_that_is_not_trusted_is_called_so(
    authority: Authority, tmp_path: Path
) -> None:
    async with serving(allows, authority.server(authority.issue("opa", HERE, 2))) as url:
        stranger = OpaEngine(url)
        with pytest.raises(PolicyUnreachable, match=r"certificate is not trusted: .*issuer"):
            await stranger.ask({})
        await stranger.close()
        trusted = OpaEngine(url, ca=authority.root.certificate.read_text())
        assert (await trusted.ask({})).document == {"v": 1, "allow": True, "deny": [], "warn": []}
        await trusted.close()
        nothing = OpaEngine(url, ca="no certificate")
        with pytest.raises(PolicyUnreachable, match="policy_ca_file holds no certificate"):
            await nothing.ask({})
        await nothing.close()


def test_a_policys_authority_that_cannot_be_read_is_said_at_once(tmp_path: Path) -> None:
    gates = GateSettings(policy_ca_file=str(tmp_path / "none.pem"))
    settings = Settings(policy="https://127.0.0.1:1", gates=gates)
    with pytest.raises(ConfigError, match="certificate authority cannot be read: No such file"):
        open_policy(settings, ManualClock())


async def test_an_issuer_that_is_not_trusted_is_called_so(authority: Authority) -> None:
    async with serving(allows, authority.server(authority.issue("oidc", HERE, 2))) as url:
        session = OidcSession(
            {"idp-issuer-url": url, "client-id": "c", "refresh-token": "r3fresh"}, ""
        )
        with pytest.raises(UnreachableError) as caught:
            await session.refresh()
    assert "certificate is not trusted" in caught.value.detail
