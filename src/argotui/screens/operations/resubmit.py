"""Start a new workflow like an earlier one, after a second key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical

from argotui.actions.action import Action
from argotui.backend.ports import Reading
from argotui.backend.session import Session
from argotui.errors import BackendError
from argotui.model.counted import counted
from argotui.model.sanitise import clean_line
from argotui.model.workflow.operations import (
    OperationKind,
    OperationResult,
    OperationTarget,
    WorkflowOperation,
    why_not_possible,
)
from argotui.model.workflow.rerun_options import ResubmitOptions
from argotui.model.workflow.run_again import failed, nodes_of
from argotui.operations.workflow.rerunning import resubmit
from argotui.screens.bindings import bindings_for
from argotui.screens.operations.rerun import RerunScreen


class ResubmitScreen(RerunScreen[Reading]):
    """Says what the new workflow takes over; `y` creates it."""

    SCOPE = "resubmit"
    BINDINGS = bindings_for("resubmit")

    def __init__(self, session: Session, target: OperationTarget) -> None:
        super().__init__(session, target)
        self._memoized = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box"):
            yield self._title
            yield self._lines
            yield self._footer

    @property
    def operation(self) -> WorkflowOperation:
        options = ResubmitOptions(self._memoized, self._values)
        return WorkflowOperation(OperationKind.RESUBMIT, resubmit=options)

    async def read(self) -> Reading | None:
        try:
            return await self._session.backend.workflows.read_workflow(*self._target.key)
        except BackendError as error:
            self._refuse(error.title)
            return None

    async def run_again(self, plan: Reading) -> OperationResult:
        return await resubmit(self._session.backend.workflows, plan, self.operation.resubmit)

    # Showing.

    def options_text(self) -> str:
        return ", memoized" if self._memoized else ""

    def impact_texts(self) -> list[str]:
        lines = ["a new workflow with the same spec, labels and annotations, in your name"]
        if self._memoized and self._plan is not None:
            lines += self._memoized_texts(self._plan)
        return lines + [
            f"{clean_line(name)} = {clean_line(value)}" for name, value in self._values.items()
        ]

    def _memoized_texts(self, reading: Reading) -> list[str]:
        if reading.offloaded:
            return ["its nodes are in the controller's database: it cannot be memoized here"]
        pods = [node for node in nodes_of(reading.document).values() if node.get("type") == "Pod"]
        again = sum(map(failed, pods))
        kept = counted(len(pods) - again, "pod is taken over", "pods are taken over")
        return [f"{kept} with its outputs, {again:,} run again"]

    def footer_label(self, action: Action) -> str:
        if action.id == "resubmit.memoized" and self._memoized:
            return "run everything"
        return super().footer_label(action)

    # Acting.

    def is_possible(self, action_id: str) -> bool:
        if action_id == "resubmit.memoized":
            options = ResubmitOptions(memoized=True)
            memoized = WorkflowOperation(OperationKind.RESUBMIT, resubmit=options)
            return not self._begun and not why_not_possible(memoized, self._target)
        return super().is_possible(action_id)

    def action_resubmit_memoized(self) -> None:
        self._memoized = not self._memoized
        self._show()

    def action_resubmit_values(self) -> None:
        if self._plan is not None:
            self._ask_for_values(self._plan.document, self._show)
