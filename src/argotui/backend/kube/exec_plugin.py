"""Credential plugins of a kubeconfig: programs that print a token or a certificate.

The protocol is client-go's `client.authentication.k8s.io` (v1 and v1beta1). A plugin runs in a
process session of its own, without a terminal to read from or write to.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO

import msgspec

from argotui.backend.kube.kubeconfig import KubeTarget
from argotui.backend.kube.kubeconfig_file import Exec
from argotui.errors import ConfigError, PluginError
from argotui.model.sanitise import clean

TIMEOUT = 180.0
"""Seconds; a plugin may be waiting for a person who logs in with a browser."""
_GROUP = "client.authentication.k8s.io/"
_VERSIONS = (f"{_GROUP}v1", f"{_GROUP}v1beta1")
_MAX_STDOUT = 1 << 20
_MAX_STDERR = 1 << 16
_GRACE = 1.0
HIDDEN = "[hidden]"
_SECRET_SHAPES = re.compile(r"eyJ[\w-]{5,}\.[\w-]{5,}\.[\w-]*|(?i:(?<=bearer )\S{8,})")


@dataclass(frozen=True)
class ExecCredential:
    """What a plugin gave; `expires` None means: until the server refuses it."""

    token: str = field(default="", repr=False)
    certificate: tuple[str, str] | None = field(default=None, repr=False)
    expires: datetime | None = None


class _Status(msgspec.Struct, rename="camel"):
    token: str | None = None
    client_certificate_data: str | None = None
    client_key_data: str | None = None
    expiration_timestamp: str | None = None


class _Answer(msgspec.Struct, rename="camel"):
    kind: str = ""
    api_version: str = ""
    status: _Status | None = None


def hide_shapes(text: str) -> str:
    """Return `text` with what has the shape of a token covered."""
    return _SECRET_SHAPES.sub(HIDDEN, text)


def check_plugin(plugin: Exec, user: str) -> None:
    """Raise ConfigError if a plugin of the kubeconfig cannot work here."""
    if not plugin.command:
        raise ConfigError(f"The exec plugin of user {user} has no command")
    if plugin.api_version not in _VERSIONS:
        raise ConfigError(
            f"The exec plugin of user {user} speaks {plugin.api_version or 'no version'}",
            f"Known are {' and '.join(_VERSIONS)}.",
            "Update the plugin, and let it write the kubeconfig entry again.",
        )
    if any(not variable.name for variable in plugin.env):
        raise ConfigError(f"The exec plugin of user {user} has a variable without a name")
    if plugin.interactive_mode == "Always":
        raise ConfigError(
            f"The credential plugin {plugin.command} needs the terminal",
            "Its interactiveMode is Always; inside a console it cannot ask anything.",
            "Log in with it beforehand and set interactiveMode: IfAvailable, if it keeps what it "
            "got; else use a plugin that asks nothing.",
        )


async def run_plugin(
    plugin: Exec, target: KubeTarget, *, timeout: float = TIMEOUT
) -> ExecCredential:
    """Run the plugin and return its credential. Raises PluginError with its error output."""
    process = _start(plugin, target)
    # Not asyncio's subprocess: if it is cancelled while it starts, asyncio waits for it for ever.
    ended = asyncio.get_running_loop().run_in_executor(None, process.wait)
    out, err = _Pipe(_MAX_STDOUT), _Pipe(_MAX_STDERR)
    try:
        await out.read(process.stdout)
        await err.read(process.stderr)
        async with asyncio.timeout(timeout):
            code = await ended
        # A daemon that it started may keep its pipes open for ever.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE):
                await out.silent.wait()
                await err.silent.wait()
    except TimeoutError:
        raise PluginError(
            f"The credential plugin {plugin.command} did not end within {timeout:.0f} seconds",
            _shown(err.text),
            "Run it by hand: it may be waiting for an answer, which it cannot get here.",
        ) from None
    finally:
        if process.returncode is None:
            _kill(process.pid)
        out.close(process.stdout)
        err.close(process.stderr)
    if code:
        raise PluginError(
            f"The credential plugin {plugin.command} failed with exit code {code}",
            _shown(err.text) or "It wrote nothing to its error output.",
            plugin.install_hint or "Run it by hand in a shell, or log in again.",
        )
    return _parse(plugin, bytes(out.text), _shown(err.text))


class _Pipe(asyncio.Protocol):
    """Collects at most `limit` characters that arrive through a pipe."""

    def __init__(self, limit: int) -> None:
        self.text = bytearray()
        self.silent = asyncio.Event()
        self._limit = limit
        self._transport: asyncio.ReadTransport | None = None

    async def read(self, stream: IO[bytes] | None) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(lambda: self, stream)

    def close(self, stream: IO[bytes] | None) -> None:
        if self._transport is not None:
            self._transport.close()
        elif stream is not None:
            stream.close()

    def data_received(self, data: bytes) -> None:
        self.text += data[: max(0, self._limit - len(self.text))]

    def connection_lost(self, exc: Exception | None) -> None:
        self.silent.set()


def _start(plugin: Exec, target: KubeTarget) -> subprocess.Popen[bytes]:
    environment = dict(os.environ)
    environment.update({variable.name: variable.value for variable in plugin.env})
    environment["KUBERNETES_EXEC_INFO"] = msgspec.json.encode(_info(plugin, target)).decode()
    try:
        return subprocess.Popen(  # noqa: S603 - what the kubeconfig names is to be run
            [plugin.command, *plugin.args],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            # Without a controlling terminal, /dev/tty cannot be opened either.
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        missing = isinstance(error, FileNotFoundError)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise PluginError(
            f"The credential plugin {plugin.command} "
            + ("is not installed" if missing else "cannot be started"),
            "" if missing else reason or "",
            plugin.install_hint or "Install it, or check PATH and the user's exec section.",
        ) from None


def _info(plugin: Exec, target: KubeTarget) -> dict[str, object]:
    spec: dict[str, object] = {"interactive": False}
    if plugin.provide_cluster_info:
        cluster: dict[str, object] = {
            "server": target.server,
            "tls-server-name": target.tls_server_name,
            "insecure-skip-tls-verify": target.insecure,
            "certificate-authority-data": target.ca.encode(),
            "proxy-url": target.proxy,
            "disable-compression": not target.compress,
            "config": target.exec_config,
        }
        spec["cluster"] = {name: value for name, value in cluster.items() if value}
    return {"kind": "ExecCredential", "apiVersion": plugin.api_version, "spec": spec}


def _parse(plugin: Exec, out: bytes, said: str) -> ExecCredential:
    """Return the credential in a plugin's output. Messages never quote the output."""

    def refuse(reason: str) -> PluginError:
        return PluginError(
            f"The credential plugin {plugin.command} gave no usable credential",
            "\n".join(part for part in (reason, said) if part),
            "Run it by hand and look at what it prints.",
        )

    try:
        answer = msgspec.json.decode(out, type=_Answer)
    except msgspec.ValidationError as error:
        raise refuse(f"Its output is not an ExecCredential: {error}") from None
    except (msgspec.DecodeError, ValueError):
        raise refuse("Its output is not JSON.") from None
    if answer.kind != "ExecCredential" or answer.status is None:
        raise refuse("Its output is not an ExecCredential with a status.")
    if answer.api_version != plugin.api_version:
        raise refuse(f"It answered {answer.api_version}, the kubeconfig says {plugin.api_version}.")
    status = answer.status
    if bool(status.client_certificate_data) != bool(status.client_key_data):
        raise refuse("It gave only one of certificate and key.")
    certificate = (
        (status.client_certificate_data, status.client_key_data)
        if status.client_certificate_data and status.client_key_data
        else None
    )
    if not status.token and certificate is None:
        raise refuse("It gave neither a token nor a certificate.")
    return ExecCredential((status.token or "").strip(), certificate, _expiry(status))


def _expiry(status: _Status) -> datetime | None:
    if not status.expiration_timestamp:
        return None
    try:
        expires = datetime.fromisoformat(status.expiration_timestamp)
    except ValueError:
        return None
    return expires if expires.tzinfo else expires.replace(tzinfo=UTC)


def _shown(err: bytearray) -> str:
    text = clean(err.decode("utf-8", "replace")).strip()
    return hide_shapes(text)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
