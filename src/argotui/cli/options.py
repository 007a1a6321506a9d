"""The options that say which cluster and how, accepted before and after the verb."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from argotui.cli import values

F = TypeVar("F", bound=Callable[..., Any])


def _keep(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep a given value for all verbs; the last one given counts."""
    if value in (None, False) or parameter.name is None:
        return
    given: dict[str, Any] = context.find_root().ensure_object(dict)
    if parameter.name == "namespace" and ("," in value or not value.strip()):
        raise click.BadParameter("one namespace, or -A for all of them", context, parameter)
    given[parameter.name] = value


_CLUSTER = (
    click.option(
        "--context",
        metavar="NAME",
        help="The kubeconfig context.",
        shell_complete=values.contexts,
    ),
    click.option(
        "--kubeconfig",
        metavar="FILE",
        help="The kubeconfig, instead of KUBECONFIG.",
        shell_complete=values.files,
    ),
    click.option(
        "--argo-server",
        metavar="HOST:PORT",
        help="Go through this Argo server; ARGO_TOKEN logs in.",
    ),
    click.option(
        "--argo-ca-file",
        metavar="FILE",
        help="The certificate authority of the Argo server.",
        shell_complete=values.files,
    ),
    click.option(
        "-n",
        "--namespace",
        metavar="NS",
        help="The namespace.",
        shell_complete=values.namespaces,
    ),
    click.option("-A", "--all-namespaces", is_flag=True, help="All namespaces."),
    click.option(
        "--config",
        metavar="FILE",
        help="The config file of argotui.",
        shell_complete=values.files,
    ),
)


def shared(function: F) -> F:
    """Give a command the options that name a cluster and a namespace."""
    for option in reversed(_CLUSTER):
        function = _silent(option, function)
    return function


def shared_config(function: F) -> F:
    """Give a command the option that names the config file."""
    return _silent(_CLUSTER[-1], function)


def _silent(option: Callable[[F], F], function: F) -> F:
    option(function)
    parameter = function.__click_params__[-1]  # type: ignore[attr-defined]  # set by click
    parameter.expose_value = False
    parameter.callback = _keep
    return function


def list_output(function: F) -> F:
    """Give a command the options of a printed list: its format, and whether it has a header."""
    for option in (
        click.option("--no-headers", is_flag=True, help="Do not print the header line."),
        click.option(
            "-o",
            "--output",
            type=click.Choice(["table", "wide", "json", "yaml", "name"]),
            default="table",
            help="The output format.",
        ),
    ):
        function = option(function)
    return function


def console_only(function: F) -> F:
    """Give the root command the options of the console."""
    for option in (
        click.option(
            "--theme",
            metavar="NAME",
            help="The colours of the console.",
            shell_complete=values.themes,
        ),
        click.option("--read-only", is_flag=True, help="Refuse every action that writes."),
    ):
        function = _silent(option, function)
    return function
