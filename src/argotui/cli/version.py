"""`version`: the versions of argotui and the API server, and the Argo resources that it serves."""

from __future__ import annotations

import click

from argotui import __version__
from argotui.cli.options import shared


@click.command(short_help="Print the versions of argotui and the cluster.")
@shared
@click.option("--client", is_flag=True, help="Ask no cluster.")
@click.option("--short", is_flag=True, help="Print the version of argotui and nothing else.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def version(context: click.Context, client: bool, short: bool, output: str) -> None:
    """Print the versions of argotui and the cluster."""
    if short:
        click.echo(__version__)
        return
    if client:
        document: dict[str, object] = {"argotui": __version__}
    else:
        document = _ask(context)
    if output == "json":
        from argotui.cli.output import as_json

        click.echo(as_json(document))
        return
    for name, value in document.items():
        shown = ", ".join(map(str, value)) if isinstance(value, list) else value
        click.echo(f"{name}: {shown}")


def _ask(context: click.Context) -> dict[str, object]:
    from argotui.cli.connect import ClusterConnection, run

    document: dict[str, object] = {"argotui": __version__}

    async def read(connection: ClusterConnection) -> int:
        from argotui.backend.ports import ARGO_SERVER

        info = await connection.cluster.server_info()
        through_server = connection.cluster.api == ARGO_SERVER
        document["argo-server" if through_server else "kubernetes"] = info.version
        document["argo"] = sorted(info.kinds)
        return 0

    run(context, read)
    return document
