"""Where the console is to connect to, and how the application asks for it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argotui.backend.session import Session

ALL_NAMESPACES = "all namespaces"


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect to; None is the default of the kubeconfig or the settings."""

    context: str | None = None
    namespace: str | None = None
    all_namespaces: bool = False


Connect = Callable[[Target], "Awaitable[Session]"]
"""Open a session; raises BackendError."""

Locate = Callable[[Target], tuple[str, str]]
"""Return the context and namespace of a target without a connection; empty if unknown."""


def as_asked(target: Target) -> tuple[str, str]:
    """Return the context and namespace that a target itself names."""
    return target.context or "", ALL_NAMESPACES if target.all_namespaces else target.namespace or ""
