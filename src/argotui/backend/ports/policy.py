"""A policy engine."""

from __future__ import annotations

from typing import Protocol

from argotui.model.gates.verdict import Verdict


class PolicyPort(Protocol):
    """An engine that answers questions about requests (`model.gates.policy_input`)."""

    async def verdict(self, question: dict[str, object], digest: str) -> Verdict:
        """Return the verdict on a question; never raises: whatever goes wrong is NO VERDICT."""
        ...

    async def close(self) -> None: ...
