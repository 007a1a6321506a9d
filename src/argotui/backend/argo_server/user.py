"""The identity and rights of the user of an Argo server."""

from __future__ import annotations

import msgspec

from argotui.backend.argo_server.client import ArgoClient
from argotui.backend.argo_server.listing import VERSION, workflows_of
from argotui.backend.kube.decode import decode_as
from argotui.backend.ports import Access, Identity
from argotui.errors import ForbiddenError, UnavailableError


class UserInfo(msgspec.Struct, rename="camel"):
    """The claims of a token, as the server read them (`server/info/info_server.go`).

    All are empty in auth mode `client` with a token that is no JWT. In auth mode `server` they are
    those of the server's own service account.
    """

    subject: str = ""
    issuer: str = ""
    groups: list[str] | None = None
    name: str = ""
    email: str = ""
    service_account_name: str = ""
    service_account_namespace: str = ""

    @property
    def user(self) -> str:
        """The name of the person: an SSO subject is often a number, an e-mail address is not."""
        return self.email or self.subject or self.name


class ServerUser:
    """A `PersonPort` over an Argo server."""

    def __init__(self, client: ArgoClient) -> None:
        self._client = client

    async def info(self) -> UserInfo:
        """Return the claims of the user."""
        answer = await self._client.get("userinfo", doing="ask who you are")
        return decode_as(answer.body, UserInfo, "user")

    async def whoami(self) -> Identity:
        """Return the user by the claims of the token; `user` is empty if it has none."""
        info = await self.info()
        return Identity(info.user, info.groups or [], info.subject)

    async def can(
        self,
        verb: str,
        resource: str,
        *,
        namespace: str = "",
        group: str = "argoproj.io",
        subresource: str = "",
        name: str = "",
    ) -> Access:
        """Return whether workflows can be listed, by doing so.

        Raises UnavailableError for any other right: only a refusal shows that it is missing.
        """
        asked = Access(verb, group, resource, namespace, allowed=True, subresource=subresource)
        if (verb, resource, group, subresource) != ("list", "workflows", "argoproj.io", ""):
            raise UnavailableError("An Argo server does not say what you may do")
        try:
            await self._client.get(
                *workflows_of(namespace or None),
                doing="ask what you may do",
                params={"listOptions.limit": 1, "fields": VERSION},
            )
        except ForbiddenError as error:
            return msgspec.structs.replace(asked, allowed=False, reason=error.detail)
        return asked
