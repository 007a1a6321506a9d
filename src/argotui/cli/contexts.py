"""`contexts`: the contexts of the kubeconfig."""

from __future__ import annotations

import click

from argotui.cli.options import shared
from argotui.cli.settings import load


@click.command(short_help="List the contexts of the kubeconfig.")
@shared
@click.option("-o", "--output", type=click.Choice(["table", "json", "name"]), default="table")
@click.option("--no-headers", is_flag=True, help="Do not print the header line.")
@click.pass_context
def contexts(context: click.Context, output: str, no_headers: bool) -> None:
    """List the contexts of the kubeconfig; `*` marks the one that is used."""
    from argotui.cli.connect import contexts_of
    from argotui.cli.output import (
        TextColumn,
        as_json,
        table,
        terminal,
        write,
    )

    settings = load(context).settings
    found = contexts_of(settings)
    used = {
        info.name: info.name == settings.context or (info.current and not settings.context)
        for info in found
    }
    if output == "json":
        click.echo(
            as_json(
                [
                    {
                        "name": info.name,
                        "cluster": info.cluster,
                        "server": info.server,
                        "user": info.user,
                        "namespace": info.namespace,
                        "used": used[info.name],
                    }
                    for info in found
                ]
            )
        )
    elif output == "name":
        write(info.name for info in found)
    else:
        columns = [
            TextColumn("USED"),
            TextColumn("NAME", least=16),
            TextColumn("CLUSTER", least=12),
            TextColumn("USER", least=12),
            TextColumn("NAMESPACE", least=9),
        ]
        rows = [
            ("*" if used[info.name] else "", info.name, info.cluster, info.user, info.namespace)
            for info in found
        ]
        write(table(columns, rows, terminal(), headers=not no_headers))
