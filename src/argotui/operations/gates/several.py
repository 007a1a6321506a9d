"""Review several gates, a few at a time, without repeated requests."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Any, TypeVar

from argotui.backend.ports import (
    Access,
    GatePort,
    Identity,
    Reading,
    Written,
)
from argotui.errors import BackendError
from argotui.model.gates.decision import Choice
from argotui.model.gates.inbox import OpenGate
from argotui.model.gates.node_update import NodeUpdate
from argotui.operations.admission.policy import plain_refusal
from argotui.operations.gates.preflight import refusal
from argotui.operations.gates.review import DecisionContext, Review, review_gate

AT_ONCE = 16
"""How many gates are reviewed at the same time."""

T = TypeVar("T")

Found = Callable[[OpenGate, Review | None, str], None]
"""Called with a gate, its review, and why it cannot be decided ("" if it can)."""


class SharedReads(GatePort):
    """A `GatePort` that reads each workflow once, and checks each right once.

    Use it for one round of reviews: it repeats no read. It passes writes on.
    """

    def __init__(self, gates: GatePort) -> None:
        self._gates = gates
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}

    @property
    def context(self) -> str:
        return self._gates.context

    @property
    def server(self) -> str:
        return self._gates.server

    @property
    def race(self) -> str:
        return self._gates.race

    @property
    def unavailable(self) -> Mapping[str, str]:
        return self._gates.unavailable

    async def _once(self, what: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        async def asked() -> T:
            return await ask()

        if what not in self._asked:
            self._asked[what] = asyncio.create_task(asked())
        # One of the waiting tasks may be cancelled; the others still need the answer.
        found: T = await asyncio.shield(self._asked[what])
        return found

    async def whoami(self) -> Identity:
        return await self._once("whoami", self._gates.whoami)

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
        return await self._once(
            (verb, resource, namespace, group, subresource, name),
            lambda: self._gates.can(
                verb, resource, namespace=namespace, group=group, subresource=subresource, name=name
            ),
        )

    async def read_gate(self, namespace: str, name: str) -> Reading:
        return await self._once(
            ("read", namespace, name), lambda: self._gates.read_gate(namespace, name)
        )

    async def set_node(self, namespace: str, name: str, update: NodeUpdate) -> Written:
        return await self._gates.set_node(namespace, name, update)

    async def patch_workflow(
        self, namespace: str, name: str, operations: list[dict[str, Any]], *, dry_run: bool = False
    ) -> Written:
        return await self._gates.patch_workflow(namespace, name, operations, dry_run=dry_run)

    async def put_nodes(
        self, reading: Reading, nodes: dict[str, Any], *, dry_run: bool = False
    ) -> Written:
        return await self._gates.put_nodes(reading, nodes, dry_run=dry_run)

    async def annotate(
        self, namespace: str, name: str, uid: str, annotations: dict[str, str]
    ) -> None:
        await self._gates.annotate(namespace, name, uid, annotations)


async def review_several(
    decision_context: DecisionContext,
    items: Sequence[OpenGate],
    choice: Choice,
    found: Found,
    *,
    values: Callable[[Review], Mapping[str, str] | None],
    trying: bool,
) -> None:
    """Review gates, and report each as soon as its review is done.

    `values` returns the values for a dry run; `trying` False omits the dry runs.
    """
    shared = dataclasses.replace(decision_context, gates=SharedReads(decision_context.gates))
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(item: OpenGate) -> None:
        async with slots:
            review, problem = await _reviewed(shared, item, choice, values, trying=trying)
        found(item, review, problem)

    async with asyncio.TaskGroup() as group:
        for item in items:
            group.create_task(one(item))


async def _reviewed(
    decision_context: DecisionContext,
    item: OpenGate,
    choice: Choice,
    values: Callable[[Review], Mapping[str, str] | None],
    *,
    trying: bool,
) -> tuple[Review | None, str]:
    gate = item.id
    try:
        review = await review_gate(decision_context, gate.key, gate.node_id)
    except BackendError as error:
        return None, error.title
    if review.request.uid != gate.uid or review.gate.since != gate.since:
        return None, "it is another gate than the one you marked"
    blocked = "; ".join(review.permission(choice).blocked)
    if not blocked and trying:
        refused = await refusal(decision_context, review, choice, values(review) or {})
        blocked = f"the cluster refuses it: {plain_refusal(refused)}" if refused else ""
    return review, blocked
