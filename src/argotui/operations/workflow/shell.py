"""A shell in a step that runs, through kubectl: where, whether it is allowed, and the command."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from enum import StrEnum

import msgspec

from argotui.backend.ports import ClusterPort, Pod
from argotui.errors import BackendError
from argotui.model.argo import Key, Workflow
from argotui.operations.logs.targets import LogTarget, chosen_containers, wanted_nodes

KUBECTL = "kubectl"
_SHELL = "command -v bash >/dev/null && exec bash || exec sh"
"""What k9s runs too: bash if the container has it."""
NO_SHELL = (126, 127)
"""The exit codes of a container without `sh`."""


class ShellWay(StrEnum):
    """How to get a shell."""

    EXEC = "exec"
    """Run one in the container itself."""
    DEBUG = "debug"
    """Add an ephemeral container with an image that has one; it sees the processes of the first."""


_RIGHTS = {
    ShellWay.EXEC: (("create", "exec"),),
    ShellWay.DEBUG: (("patch", "ephemeralcontainers"), ("create", "attach")),
}
"""The verbs on subresources of pods that each way takes."""


class ShellPlace(msgspec.Struct, frozen=True):
    """A container that runs, and those beside it in the order in which a person wants them."""

    namespace: str
    pod: str
    containers: list[str]


class NoShell(Exception):
    """There is no way to a shell; the text says why."""


async def shell_place(cluster: ClusterPort, workflow: Workflow, node_id: str) -> ShellPlace:
    """Return the running containers of a node. Raises NoShell, and BackendError."""
    key = Key(workflow.metadata.namespace, workflow.metadata.name)
    target = LogTarget(key, node_id=node_id)
    wanted = {node.id for node in wanted_nodes(workflow, target)}
    if not wanted:
        raise NoShell("the node has no pod")
    pods = [pod for pod in await cluster.list_pods(*key) if pod.node_id in wanted]
    running = {pod.name: found for pod in pods if (found := _running(workflow, pod, target))}
    if not running:
        raise NoShell("no container of it runs" if pods else "its pod is gone")
    if len(running) > 1:
        raise NoShell("several pods run in it: choose a step")
    ((pod, containers),) = running.items()
    return ShellPlace(key.namespace, pod, containers)


def _running(workflow: Workflow, pod: Pod, target: LogTarget) -> list[str]:
    """Return the running containers of a pod: those that do its work, else all others."""
    states = pod.states
    running = [name for name in pod.all_containers if states.get(name) == "running"]
    main = [name for name in chosen_containers(workflow, pod, target) if name in running]
    return main or running


async def why_not_allowed(cluster: ClusterPort, way: ShellWay, namespace: str, pod: str) -> str:
    """Return what the user may not do for a shell; empty if everything is allowed or unknown."""
    for verb, subresource in _RIGHTS[way]:
        try:
            access = await cluster.can(
                verb, "pods", namespace=namespace, group="", subresource=subresource, name=pod
            )
        except BackendError:
            continue
        if not access.allowed:
            return f"you may not {verb} pods/{subresource} in {namespace}"
    return ""


def why_no_kubectl(
    reach: Sequence[str] | None, which: Callable[[str], str | None] = shutil.which
) -> str:
    """Return why kubectl cannot be used; empty if it can. `reach` is that of the session."""
    if reach is None:
        return "kubectl does not reach what the console is connected to"
    return "" if which(KUBECTL) else "kubectl is not on the PATH"


def shell_command(
    way: ShellWay, reach: Sequence[str], place: ShellPlace, container: str, image: str
) -> list[str]:
    """Return the command line of a shell in a container."""
    base = [KUBECTL, *reach, "--namespace", place.namespace]
    if way is ShellWay.DEBUG:
        # Without a profile kubectl takes one that it says it will remove.
        profile = "--profile=general"
        return [*base, "debug", "-it", place.pod, "--image", image, "--target", container, profile]
    return [*base, "exec", "-it", place.pod, "-c", container, "--", "sh", "-c", _SHELL]
