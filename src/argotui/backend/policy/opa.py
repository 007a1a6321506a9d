"""An OPA server as policy engine.

opa-python-client has the session, the address and the credentials. This module reads the answer:
within bounds, without retries, and with an error for OPA's silent failures (undefined is 200
without a result, a failing builtin is undefined). docs/decisions/0018 says why.
"""

from __future__ import annotations

import json
import ssl
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from opa_client import AsyncOpaClient

from argotui.backend.policy.evaluator import EngineAnswer
from argotui.backend.policy.failures import PolicyBroken, PolicyUnreachable
from argotui.backend.tls import client_tls, tls_trouble
from argotui.errors import ConfigError
from argotui.model.sanitise import clean_line

DECISION = "argotui/gate/decision"
LIMIT = 1 << 20
"""Bytes of an answer that are read."""

_NO_CA = "gates.policy_ca_file holds no certificate"
_QUERY = {"provenance": "true", "strict-builtin-errors": "true"}


class _Client(AsyncOpaClient):  # type: ignore[misc]  # the package has no types
    def __init__(self, ca: str, **options: Any) -> None:
        super().__init__(**options)
        self._ca = ca

    async def _init_session(self) -> None:
        # The package has no way to name a certificate authority, and follows no proxy settings.
        context: ssl.SSLContext | bool = True
        if self.ssl:
            try:
                context = client_tls(self._ca)
            except (ssl.SSLError, ValueError) as error:
                raise PolicyUnreachable(_NO_CA) from error
        self._session = aiohttp.ClientSession(
            headers=self.headers,
            connector=aiohttp.TCPConnector(ssl=context),
            timeout=aiohttp.ClientTimeout(total=self.timeout),
        )

    async def post(self, path: str, body: object) -> tuple[int, str, bytes]:
        """Return status, media type and at most `LIMIT` + 1 bytes of the answer."""
        if self._session is None:
            await self._init_session()
        query = "&".join(f"{name}={value}" for name, value in _QUERY.items())
        url = f"{self.root_url}/data/{quote(path)}?{query}"
        async with self._request("POST", url, json=body, allow_redirects=False) as response:
            data = bytearray()
            async for chunk in response.content.iter_any():
                data += chunk
                if len(data) > LIMIT:
                    break
            return response.status, response.content_type, bytes(data)


class OpaEngine:
    """Asks one server with `POST /v1/data/argotui/gate/decision`. `token` is a bearer token, `ca`
    the PEM text of an authority that this machine does not know."""

    def __init__(
        self,
        url: str,
        *,
        token: str = "",
        ca: str = "",
        timeout: float = 2.0,
        path: str = DECISION,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/"):
            raise ConfigError(
                "The policy's address is not the URL of a server",
                url,
                "Give the OPA server as http://HOST:PORT or https://HOST:PORT, without a path.",
            )
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        secure = parts.scheme == "https"
        self._path = path
        self._client = _Client(
            ca,
            host=host,
            port=parts.port or (443 if secure else 8181),
            ssl=secure,
            token=token or None,
            retries=0,
            timeout=timeout,
        )

    async def ask(self, question: dict[str, object]) -> EngineAnswer:
        """Return OPA's decision document."""
        try:
            status, media, body = await self._client.post(self._path, {"input": question})
        except TimeoutError as error:
            raise PolicyUnreachable("no answer in time") from error
        except (aiohttp.ClientError, OSError) as error:
            # The error's own text may hold the address with its user and password.
            about = tls_trouble(error) or type(error).__name__
            raise PolicyUnreachable(f"no connection ({about})") from error
        return _read(status, media, body)

    async def close(self) -> None:
        await self._client.close_connection()


def _read(status: int, media: str, body: bytes) -> EngineAnswer:
    if status in (401, 403):
        raise PolicyBroken(f"the policy server does not accept our credentials ({status})")
    if status == 429 or status in (502, 503, 504):
        raise PolicyUnreachable(f"the policy server answers {status}")
    if len(body) > LIMIT:
        raise PolicyBroken(f"an answer of more than {LIMIT} bytes")
    try:
        answer = json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        raise PolicyBroken(f"the answer ({status}) is not JSON") from error
    if not isinstance(answer, dict):
        raise PolicyBroken(f"the answer ({status}) is not an object")
    if status != 200:
        codes = [
            str(item.get("message") or item.get("code"))
            for item in answer.get("errors") or []
            if isinstance(item, dict)
        ]
        said = "; ".join(codes) or str(answer.get("message") or "")
        raise PolicyBroken(clean_line(f"the policy server answers {status}: {said}"))
    if media != "application/json":
        raise PolicyBroken(clean_line(f"the answer is {media}, not JSON"))
    if "warning" in answer:
        raise PolicyBroken("the policy server warns of how it was asked")
    if "result" not in answer:
        raise PolicyBroken("the decision is undefined: is the policy loaded?")
    return EngineAnswer(
        document=answer["result"],
        revision=_revision(answer.get("provenance")),
        decision_id=clean_line(str(answer.get("decision_id") or "")),
    )


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _revision(provenance: object) -> str:
    if not isinstance(provenance, dict) or not isinstance(provenance.get("bundles"), dict):
        return ""
    revisions = [
        str(bundle.get("revision") or "")
        for _, bundle in sorted(provenance["bundles"].items())
        if isinstance(bundle, dict)
    ]
    return clean_line(",".join(revisions))[:80]
