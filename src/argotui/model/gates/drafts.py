"""Reasons that a person typed and did not send."""

from __future__ import annotations

from collections.abc import Hashable


class ReasonDrafts:
    """Reasons that were typed and not sent, in memory only."""

    def __init__(self) -> None:
        self._reasons: dict[Hashable, str] = {}

    def __len__(self) -> int:
        return len(self._reasons)

    def get(self, draft: Hashable) -> str:
        """Return the reason typed for these decisions, empty without one."""
        return self._reasons.get(draft, "")

    def put(self, draft: Hashable, reason: str) -> None:
        """Remember a reason; an empty one forgets it."""
        self._reasons.pop(draft, None)
        if reason:
            self._reasons[draft] = reason
