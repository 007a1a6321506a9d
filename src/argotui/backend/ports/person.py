"""The user's identity and rights."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Identity(msgspec.Struct, frozen=True):
    """The user's identity according to the API server (SelfSubjectReview)."""

    user: str
    groups: list[str] = []
    uid: str = ""


class Access(msgspec.Struct, frozen=True):
    """Whether the user has a right (SelfSubjectAccessReview)."""

    verb: str
    group: str
    resource: str
    namespace: str
    allowed: bool
    reason: str = ""
    subresource: str = ""


class PersonPort(Protocol):
    """The user's identity and rights."""

    async def whoami(self) -> Identity: ...

    async def can(
        self,
        verb: str,
        resource: str,
        *,
        namespace: str = "",
        group: str = "argoproj.io",
        subresource: str = "",
        name: str = "",
    ) -> Access: ...
