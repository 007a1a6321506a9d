"""What only `argotui doctor` asks, of an Argo server."""

from __future__ import annotations

from datetime import datetime

from argotui.backend.argo_server.cluster import ServerCluster
from argotui.errors import BackendError

SSO = "v2:"
"""How a token of single sign-on begins (`server/auth/sso/sso.go`)."""


class ServerDoctor:
    """See `DoctorPort`."""

    def __init__(self, cluster: ServerCluster) -> None:
        self._cluster = cluster

    async def server_time(self) -> datetime | None:
        """Return the Argo server's clock, in whole seconds."""
        try:
            answer = await self._cluster.client.get("version", doing="ask for the time")
        except BackendError:
            return None
        return answer.date

    async def controller(self) -> str | None:
        """Return None: an Argo server does not show the controller."""
        return None

    async def access(self) -> str | None:
        """Return as whom the server acts, which shows its auth mode (`server/auth/mode.go`)."""
        user = self._cluster.client.target.user
        if not (user.token or user.token_file or user.username or user.exec or user.auth_provider):
            return "auth mode server: no token was sent, and the server acts as itself"
        if not user.token.startswith(SSO):
            return "auth mode client: the server acts with your token"
        info = await self._cluster.user.info()
        account = info.service_account_name
        acting = f", as service account {account}" if account else ""
        return f"auth mode sso: {info.issuer}{acting}"
