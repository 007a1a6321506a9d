"""Waiting for workflows that a verb started or names, and following them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.model.argo import Key


F = TypeVar("F", bound=Callable[..., Any])


def following(function: F) -> F:
    """Give a command the options that follow a workflow after it was started."""
    for option in (
        click.option("--log", is_flag=True, help="Print its logs until it has ended."),
        click.option("--watch", is_flag=True, help="Print what changes until it has ended."),
        click.option("-w", "--wait", is_flag=True, help="Wait until all have ended."),
    ):
        function = option(function)
    return function


def take_following(given: dict[str, Any]) -> str:
    """Remove the values of `following` from the parameters of a command; return the chosen one."""
    after = [word for word in ("wait", "watch", "log") if given.pop(word)]
    if len(after) > 1:
        raise click.UsageError("--wait, --watch and --log exclude each other")
    return "".join(after)


async def wait_for_all(
    connection: ClusterConnection,
    keys: Sequence[Key],
    *,
    timeout: float | None = None,
    ignore_missing: bool = False,
    quiet: bool = False,
) -> int:
    """Wait until workflows have ended; return the exit code of the first that did not succeed.

    A deleted or missing one is NOT_FOUND, unless missing ones are ignored. Raises TimeIsOver.
    """
    codes = await asyncio.gather(
        *(_wait_for(connection, key, timeout, ignore_missing, quiet) for key in keys)
    )
    return next((code for code in codes if code), 0)


async def _wait_for(
    connection: ClusterConnection,
    key: Key,
    timeout: float | None,
    ignore_missing: bool,
    quiet: bool,
) -> int:
    from contextlib import aclosing

    from argotui.cli import exits
    from argotui.cli.connect import remark
    from argotui.operations.workflows.watching import Gone, WorkflowMoved, watch_one

    moves = watch_one(connection.cluster, key, connection.clock, random.Random(), timeout=timeout)
    async with aclosing(moves):
        async for moved in moves:
            if isinstance(moved, Gone):
                if ignore_missing:
                    return exits.OK
                remark(f"{key}: {'it was deleted' if moved.existed else 'there is none'}")
                return exits.NOT_FOUND
            if isinstance(moved, WorkflowMoved) and moved.summary.completed:
                summary = moved.summary
                if not quiet:
                    moment = summary.finished
                    at = f" at {moment:%Y-%m-%dT%H:%M:%SZ}" if moment else ""
                    print(f"{key.name} {summary.phase}{at}", flush=True)
                return exits.code_of_phase(summary.phase)
    return exits.FAILURE


async def watch_workflow(connection: ClusterConnection, key: Key) -> int:
    """Print what changes until a workflow ends; return the exit code of its phase."""
    from contextlib import aclosing

    from argotui.cli.watch_verb import WatchPrinter
    from argotui.operations.workflows.watching import watch_one

    printer = WatchPrinter("text", connection, named=True)
    moves = watch_one(connection.cluster, key, connection.clock, random.Random())
    async with aclosing(moves):
        async for moved in moves:
            printer.print(moved)
    return printer.code


async def log_workflow(connection: ClusterConnection, key: Key) -> int:
    """Print the logs until a workflow ends; return the exit code of its phase."""
    from argotui.cli.logs import Style, print_logs
    from argotui.operations.logs.container_log import LogOptions

    await print_logs(connection, key, "", "main", LogOptions(follow=True), Style(), None)
    return await wait_for_all(connection, [key], quiet=True)


async def follow(connection: ClusterConnection, keys: Sequence[Key], how: str) -> int:
    """Follow workflows until they have ended; return the exit code of their phases.

    `how` is `wait`, or for one workflow `watch` or `log`.
    """
    if how == "watch":
        return await watch_workflow(connection, keys[0])
    if how == "log":
        return await log_workflow(connection, keys[0])
    return await wait_for_all(connection, keys)
