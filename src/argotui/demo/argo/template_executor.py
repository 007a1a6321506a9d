"""What steps and DAGs need of the executor that runs them."""

from __future__ import annotations

from typing import Any, Protocol

from argotui.demo.argo.run import Frame, Node, Run


class TemplateExecutor(Protocol):
    """Executes the templates of one run. Steps and DAGs call it for each step or task."""

    @property
    def run(self) -> Run: ...

    def execute(self, name: str, frame: Frame) -> Node:
        """Execute the template of a node, and return the node.

        Raises ParallelismReached if the node cannot be created now.
        """
        ...

    def skip(self, name: str, frame: Frame, phase: str, message: str) -> Node:
        """Add a node of type Skipped."""
        ...

    def hooks(
        self, hooks: dict[str, Any], node: Node, frame: Frame, scope: dict[str, str], prefix: str
    ) -> bool:
        """Run the lifecycle hooks whose expressions hold; False while one runs."""
        ...

    def exit_hook(
        self, hook: dict[str, Any] | None, node: Node, frame: Frame, scope: dict[str, str]
    ) -> bool:
        """Run the exit handler of a finished step; False while it runs."""
        ...
