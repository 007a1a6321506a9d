"""A shell in a step: the command line for it, and what stands in the way."""

from __future__ import annotations

import pytest

from argotui.operations.workflow.shell import (
    ShellPlace,
    ShellWay,
    shell_command,
    why_no_kubectl,
)

PLACE = ShellPlace("shop", "release-build-7", ["main"])
HERE = ["--kubeconfig", "/etc/kube", "--context", "prod"]


def test_kubectl_gets_the_same_cluster_namespace_and_container() -> None:
    command = shell_command(ShellWay.EXEC, HERE, PLACE, "main", "busybox")
    assert command[:5] == ["kubectl", *HERE]
    assert command[5:12] == ["--namespace", "shop", "exec", "-it", "release-build-7", "-c", "main"]
    assert command[12:15] == ["--", "sh", "-c"]
    assert shell_command(ShellWay.DEBUG, [], PLACE, "main", "busybox") == [
        *("kubectl", "--namespace", "shop", "debug", "-it", "release-build-7"),
        *("--image", "busybox", "--target", "main", "--profile=general"),
    ]


@pytest.mark.parametrize(
    ("reach", "found", "why"),
    [
        (HERE, "/usr/bin/kubectl", ""),
        ([], "/usr/bin/kubectl", ""),
        ([], None, "kubectl is not on the PATH"),
        (None, "/usr/bin/kubectl", "kubectl does not reach what the console is connected to"),
    ],
)
def test_why_there_is_no_shell(reach: list[str] | None, found: str | None, why: str) -> None:
    assert why_no_kubectl(reach, lambda name: found) == why
