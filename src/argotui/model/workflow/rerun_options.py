"""How to run a workflow again."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class RetryOptions(msgspec.Struct, frozen=True):
    """How to retry: which nodes run again beside those that failed, and with which parameters.

    `node_selector` is a field selector (`displayName=build,phase=Failed`). With
    `restart_successful`, the nodes that it finds run again though they succeeded; without, Argo
    ignores it.
    """

    node_selector: str = ""
    restart_successful: bool = False
    parameters: Mapping[str, str] = {}


class ResubmitOptions(msgspec.Struct, frozen=True):
    """How to resubmit: `memoized` keeps the results of the nodes that succeeded."""

    memoized: bool = False
    parameters: Mapping[str, str] = {}
    priority: int | None = None
