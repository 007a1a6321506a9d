"""`python -m argotui.demo`: the embedded cluster without a console."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys

from argotui.demo.api.users import USERS
from argotui.demo.cluster import EmbeddedCluster


async def _serve(options: argparse.Namespace) -> None:
    cluster = EmbeddedCluster(
        seed=options.seed,
        speed=options.speed,
        workflows=options.workflows,
        scenarios=not options.empty,
    )
    await cluster.start(options.port)
    if options.kubeconfig_out:
        cluster.write_kubeconfig(options.kubeconfig_out, options.user)
    sys.stdout.write(f"{cluster.url}\n")
    sys.stdout.flush()
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, over.set)
    await over.wait()
    await cluster.stop()


def main() -> None:
    """Serve until SIGINT or SIGTERM, after writing the address in one line."""
    parser = argparse.ArgumentParser(prog="python -m argotui.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", type=float, default=1.0, help="how much faster pods run")
    parser.add_argument("--workflows", type=int, default=50, help="completed ones of the past")
    parser.add_argument("--empty", action="store_true", help="no scenarios, no history")
    parser.add_argument("--user", choices=sorted(USERS), default="admin")
    parser.add_argument("--kubeconfig-out", metavar="FILE")
    asyncio.run(_serve(parser.parse_args()))


if __name__ == "__main__":
    main()
