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
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from argotui.backend.errors import ConfigError, PluginError
from argotui.backend.kube.kubeconfig import Target
from argotui.backend.kube.kubeconfig_file import Exec
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
    """Raise ConfigError where the kubeconfig's description of a plugin cannot work here."""
    if not plugin.command:
        raise ConfigError(f"The exec plugin of user {user} has no command")
    if plugin.api_version not in _VERSIONS:
        raise ConfigError(
            f"The exec plugin of user {user} speaks {plugin.api_version or 'no version'}",
            f"Known are {' and '.join(_VERSIONS)}.",
            "Update the plugin, and have it write the kubeconfig entry anew.",
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


async def run_plugin(plugin: Exec, target: Target, *, timeout: float = TIMEOUT) -> ExecCredential:
    """Return what the plugin gives. Raises PluginError with all it wrote to its error output."""
    transport, talk = await _start(plugin, target)
    try:
        async with asyncio.timeout(timeout):
            await talk.ended.wait()
    except TimeoutError:
        raise PluginError(
            f"The credential plugin {plugin.command} did not end within {timeout:.0f} seconds",
            _shown(talk.err),
            "Run it by hand: it may be waiting for an answer, which it cannot get here.",
        ) from None
    finally:
        if not talk.ended.is_set():
            _kill(transport.get_pid())
        else:
            # A daemon that it left behind may hold its pipes open for ever.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(talk.silent.wait(), _GRACE)
        transport.close()
    if code := transport.get_returncode():
        raise PluginError(
            f"The credential plugin {plugin.command} failed with exit code {code}",
            _shown(talk.err) or "It wrote nothing to its error output.",
            plugin.install_hint or "Run it by hand in a shell, or log in again.",
        )
    return _parse(plugin, bytes(talk.out), _shown(talk.err))


class _Talk(asyncio.SubprocessProtocol):
    """What a process says. asyncio's own `Process.wait` waits for its pipes as well."""

    def __init__(self) -> None:
        self.out = bytearray()
        self.err = bytearray()
        self.ended = asyncio.Event()
        self.silent = asyncio.Event()
        self._open = {1, 2}

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        into, cap = (self.out, _MAX_STDOUT) if fd == 1 else (self.err, _MAX_STDERR)
        into += data[: max(0, cap - len(into))]

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            self.silent.set()

    def process_exited(self) -> None:
        self.ended.set()


async def _start(plugin: Exec, target: Target) -> tuple[asyncio.SubprocessTransport, _Talk]:
    environment = dict(os.environ)
    environment.update({variable.name: variable.value for variable in plugin.env})
    environment["KUBERNETES_EXEC_INFO"] = msgspec.json.encode(_info(plugin, target)).decode()
    try:
        return await asyncio.get_running_loop().subprocess_exec(
            _Talk,
            plugin.command,
            *plugin.args,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
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


def _info(plugin: Exec, target: Target) -> dict[str, object]:
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
    """Return the credential of a plugin's output, which no message may ever quote."""

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
