"""The credentials of each request, and how they are renewed.

Order as in client-go: a token (file) or a password of the kubeconfig wins over a plugin's token; a
client certificate of the kubeconfig wins over a plugin's.
"""

from __future__ import annotations

import asyncio
import base64
import re

from argotui.backend.clock import Clock
from argotui.backend.kube.exec_plugin import (
    HIDDEN,
    ExecCredential,
    check_plugin,
    hide_shapes,
    run_plugin,
)
from argotui.backend.kube.kubeconfig import KubeTarget, is_loopback, read_client_certificate
from argotui.backend.kube.oidc import OidcSession
from argotui.config.files import read_text
from argotui.errors import BackendError, ConfigError

TOKEN_FILE_AGE = 60.0
"""Seconds after which a token file is read again, as client-go does."""
_NOT_A_HEADER = re.compile(r"[^\x20-\x7e]")


class Credentials:
    """The credentials of one target. `generation` grows with every renewal."""

    def __init__(self, target: KubeTarget, clock: Clock) -> None:
        self._target = target
        self._user = target.user
        self._clock = clock
        self._lock = asyncio.Lock()
        self._exec: ExecCredential | None = None
        self._exec_runs = 0
        self._exec_refusal: BackendError | None = None
        self._file_token = ""
        self._file_read_at: float | None = None
        self._certificate: tuple[str, str] | None = None
        self._certificate_read = False
        self._oidc: OidcSession | None = None
        self.generation = 0
        # client-go sends nothing in clear; this machine's own loopback cannot be listened to.
        in_clear = not target.secure and not is_loopback(target.server)
        self._silent = in_clear and not target.clear
        if self._user.exec is not None:
            check_plugin(self._user.exec, target.user_name)
        if self._user.auth_provider is not None:
            self._oidc = OidcSession(self._user.auth_provider.config, self._user.origin)

    @property
    def warnings(self) -> tuple[str, ...]:
        return (self._oidc.warning,) if self._oidc and self._oidc.warning else ()

    async def headers(self) -> list[tuple[str, str]]:
        """Return the headers of authentication and of impersonation."""
        if self._silent:
            return []
        user = self._user
        headers = []
        if authorization := await self._authorization():
            if _NOT_A_HEADER.search(authorization):
                raise ConfigError(
                    f"The token of user {self._target.user_name} has characters no token may have"
                )
            headers.append(("Authorization", authorization))
        if user.impersonate:
            headers.append(("Impersonate-User", user.impersonate))
            headers += [("Impersonate-Group", group) for group in user.as_groups]
            if user.as_uid:
                headers.append(("Impersonate-Uid", user.as_uid))
            for name, values in user.as_user_extra.items():
                headers += [(f"Impersonate-Extra-{name}", value) for value in values]
        return headers

    async def certificate(self) -> tuple[str, str] | None:
        """Return the client certificate and its key, both PEM."""
        if not self._target.secure:
            return None
        if not self._certificate_read:
            self._certificate = read_client_certificate(self._user, self._target.user_name)
            self._certificate_read = True
        if self._certificate is not None:
            return self._certificate
        return (await self._plugin()).certificate if self._plugin_needed else None

    async def renew(self, refused: int) -> bool:
        """Get new credentials after those of generation `refused` were not accepted.

        Returns whether there is anything new to try; raises what a plugin or issuer raises.
        """
        runs = self._exec_runs
        async with self._lock:
            if self.generation != refused:
                return True  # another request has renewed them already
            self._share_failure(runs)
            renewed = await self._renew()
            self.generation += renewed
            return renewed

    def hide(self, text: str) -> str:
        """Return `text` without anything of these credentials, and without what looks like one."""
        user = self._user
        known = {user.token, user.password, self._file_token}
        known.update(self._oidc.secrets if self._oidc else ())
        if self._exec is not None:
            known.add(self._exec.token)
        for secret in known:
            if len(secret) > 3:
                text = text.replace(secret, HIDDEN)
        return hide_shapes(text)

    async def _renew(self) -> bool:
        if self._certificate is not None:
            again = read_client_certificate(self._user, self._target.user_name)
            if again != self._certificate:
                self._certificate = again
                return True
        if self._user.token_file:
            before = self._file_token
            self._read_token_file()
            return self._file_token != before
        if self._user.token or self._user.username:
            return False
        if self._plugin_needed:
            self._exec = None
            await self._run_plugin()
            return True
        if self._oidc is not None:
            await self._oidc.refresh()
            return True
        return False

    async def _authorization(self) -> str:
        user = self._user
        if user.token_file:
            read_at = self._file_read_at
            if read_at is None or self._clock.monotonic() - read_at >= TOKEN_FILE_AGE:
                self._read_token_file()
            if token := self._file_token or user.token:
                return f"Bearer {token}"
        if user.token:
            return f"Bearer {user.token.strip()}"
        if user.username or user.password:
            pair = f"{user.username}:{user.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        if self._plugin_needed:
            token = (await self._plugin()).token
            return f"Bearer {token}" if token else ""
        if self._oidc is not None:
            async with self._lock:
                return f"Bearer {await self._oidc.token(self._clock.now())}"
        return ""

    @property
    def _plugin_needed(self) -> bool:
        user = self._user
        return user.exec is not None and not (user.token or user.token_file or user.username)

    async def _plugin(self) -> ExecCredential:
        """Return the plugin's credential, from the last run while that is valid."""
        runs = self._exec_runs
        async with self._lock:
            self._share_failure(runs)
            return await self._run_plugin()

    def _share_failure(self, runs: int) -> None:
        """Raise the plugin's failure if it has run since its run number `runs`.

        Requests that waited for that run fail with it, because a plugin may open a browser each
        time.
        """
        if self._exec_refusal is not None and self._exec_runs != runs:
            raise self._exec_refusal

    async def _run_plugin(self) -> ExecCredential:
        held = self._exec
        if held is not None and (held.expires is None or held.expires > self._clock.now()):
            return held
        if self._user.exec is None:
            raise ConfigError(f"User {self._target.user_name} has no credential plugin")
        self._exec = self._exec_refusal = None
        try:
            self._exec = await run_plugin(self._user.exec, self._target)
        except BackendError as error:
            self._exec_refusal = error
            raise
        finally:
            self._exec_runs += 1
        return self._exec

    def _read_token_file(self) -> None:
        path = self._user.token_file
        self._file_read_at = self._clock.monotonic()
        try:
            self._file_token = read_text(path).strip()
        except (OSError, UnicodeDecodeError) as error:
            # The token that was read last may still be valid, and so may the one beside it.
            if not (self._file_token or self._user.token):
                reason = error.strerror if isinstance(error, OSError) else "not a text file"
                raise ConfigError("The token file cannot be read", f"{path}: {reason}") from None
