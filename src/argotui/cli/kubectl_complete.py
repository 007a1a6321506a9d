"""`kubectl_complete-argotui`: what kubectl runs to complete `kubectl argotui`."""

from __future__ import annotations


def main() -> None:
    """Answer kubectl, whatever goes wrong, without a word on stderr."""
    from argotui.cli.completion import answer_kubectl, end
    from argotui.cli.main import cli

    code = 1
    try:
        code = answer_kubectl(cli)
    finally:
        end(code)
