"""`demo`: the console on a cluster inside argotui, or that cluster alone."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import click

from argotui.cli.options import console_only, shared_config
from argotui.cli.settings import load

if TYPE_CHECKING:
    from argotui.config.loading import Loaded
    from argotui.demo.cluster import EmbeddedCluster


@click.command(short_help="Open the console on a cluster inside argotui.")
@shared_config
@console_only
@click.option("--seed", type=int, default=1, help="The same number gives the same workflows.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0.01, max=1000),
    default=1.0,
    help="How many times faster than real time workflows run.",
)
@click.option(
    "--workflows",
    type=click.IntRange(min=0, max=100_000),
    default=50,
    help="How many finished workflows to create.",
)
@click.option(
    "--user",
    metavar="NAME",
    default="approver",
    show_default=True,
    help="The user to act as: approver, developer, viewer or admin.",
)
@click.option("--headless", is_flag=True, help="No console: print a kubeconfig, and serve.")
@click.pass_context
def demo(
    context: click.Context, seed: int, speed: float, workflows: int, user: str, headless: bool
) -> None:
    """Open the console on a cluster inside argotui, with workflows that run.

    It installs nothing and touches nothing of yours. The policies that come with argotui give the
    verdicts, unless the settings name others. With --headless it serves until you interrupt it, and
    prints the path of a kubeconfig, so that you can try every verb.
    """
    from argotui.cli.console import need_terminal
    from argotui.demo.api.users import USERS
    from argotui.model.nearest import suggest

    if user not in USERS:
        told = f"there is no user {user!r}{suggest(user, USERS)}; there are {', '.join(USERS)}"
        raise click.BadParameter(told, context, param_hint="--user")
    loaded = load(context)
    if not headless:
        need_terminal()
    from argotui.demo.cluster import EmbeddedCluster

    cluster = EmbeddedCluster(seed=seed, speed=speed, workflows=workflows, scenarios=True)
    if headless:
        asyncio.run(_serve(cluster, user))
    else:
        context.exit(_run(cluster, user, loaded))


def _run(cluster: EmbeddedCluster, user: str, loaded: Loaded) -> int:
    import msgspec

    from argotui.cli.console_run import run_console
    from argotui.cli.demo_folder import held, name_folder, remove
    from argotui.demo.pack import policy_folder

    folder = name_folder()
    # The settings for the user's own clusters do not apply here, and decisions made here do not
    # belong into the user's audit log.
    settings = msgspec.structs.replace(
        loaded.settings,
        context=None,
        kubeconfig=None,
        namespace=None,
        all_namespaces=False,
        namespaces=[],
        contexts={},
        policy=loaded.settings.policy or f"dir:{policy_folder()}",
        gates=msgspec.structs.replace(loaded.settings.gates, audit_log=str(folder / "audit.jsonl")),
    )

    @asynccontextmanager
    async def running() -> AsyncIterator[None]:
        with held(folder):
            await cluster.start()
            try:
                yield
            finally:
                await cluster.stop()

    own = msgspec.structs.replace(loaded, settings=settings)
    return run_console(
        own, running, lambda: cluster.kubeconfig(user), on_abort=lambda: remove(folder)
    )


async def _serve(cluster: EmbeddedCluster, user: str) -> None:
    from argotui.cli.demo_folder import held, name_folder

    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
            continue  # as nohup wants it
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    folder = name_folder()
    with held(folder):
        try:
            await cluster.start()
            path = cluster.write_kubeconfig(folder / "kubeconfig", user)
            click.echo(path)
            click.echo(f"argotui: serving {cluster.url} until interrupted; try it:", err=True)
            click.echo(f"  argotui --kubeconfig {path} list", err=True)
            await over.wait()
        finally:
            await cluster.stop()
