"""`lint`: the traps in gates, in files or in the cluster's templates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.cli.connect import Place
    from argotui.model.gate_lint import Finding

KINDS = {
    "template": "workflowtemplates",
    "cluster-template": "clusterworkflowtemplates",
    "cron": "cronworkflows",
    "workflow": "workflows",
}
"""What may stand before the slash of a name in the cluster, and the resource it means."""


@click.command(short_help="Find the traps in a template's gates.")
@shared
@click.argument("targets", nargs=-1, required=True, metavar="FILE|template/NAME...")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def lint(context: click.Context, targets: tuple[str, ...], strict: bool, output: str) -> None:
    """Find the traps in the gates of YAML files or of what is in the cluster.

    \b
      argotui lint release.yaml
      argotui lint template/release cron/nightly cluster-template/base workflow/release-2.41

    The exit code is 1 where an error is found; with --strict also for a warning.
    """
    from argotui.cli.connect import run
    from argotui.model.gate_lint import Severity

    remote = [one for one in targets if one.partition("/")[0] in KINDS and not Path(one).exists()]
    documents = {one: read_file(one) for one in targets if one not in remote}
    if remote:

        async def read(place: Place) -> int:
            for name in remote:
                documents[name] = [await read_remote(place, name)]
            return 0

        run(context, read)
    findings = {name: _of(documents[name]) for name in targets}
    gates = sum(_gates(documents[name]) for name in targets)
    _print(findings, gates, output)
    limit = Severity.WARNING if strict else Severity.ERROR
    worst = max((one.severity for several in findings.values() for one in several), default=0)
    context.exit(1 if worst >= limit else 0)


def read_file(name: str) -> list[Any]:
    """Return the YAML documents of a file; `-` is standard input."""
    import yaml

    try:
        with click.open_file(name, encoding="utf-8") as file:
            return list(yaml.safe_load_all(file))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise click.UsageError(f"{name} cannot be read: {error}") from None


async def read_remote(place: Place, name: str) -> dict[str, Any]:
    """Return an object of the cluster that `kind/NAME` or `kind/NS/NAME` names."""
    import json

    from argotui.backend.kube.transport import path_of

    kind, _, rest = name.partition("/")
    namespace, slash, own = rest.partition("/")
    if not slash:
        namespace, own = place.home, rest
    resource = KINDS[kind]
    where = () if kind == "cluster-template" else ("namespaces", namespace)
    path = path_of("apis", "argoproj.io", "v1alpha1", *where, resource, own)
    response = await place.cluster.transport.request("GET", path, doing=f"read {name}")
    document: dict[str, Any] = json.loads(response.body)
    return document


def _of(documents: list[Any]) -> list[Finding]:
    from argotui.model.gate_lint import lint as find

    return [one for document in documents if isinstance(document, dict) for one in find(document)]


def _gates(documents: list[Any]) -> int:
    from argotui.model.gate_lint import gates_in

    return sum(len(gates_in(document)) for document in documents if isinstance(document, dict))


def _print(findings: dict[str, list[Finding]], gates: int, output: str) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.output import as_json, terminal, write
    from argotui.model.counted import counted
    from argotui.model.gate_lint import Severity
    from argotui.model.sanitise import clean_line

    roles = {Severity.ERROR: "failed", Severity.WARNING: "waiting", Severity.INFO: "dim"}
    if output == "json":
        listed = [
            {
                "target": target,
                "severity": one.severity.name.lower(),
                "code": one.code,
                "template": one.template,
                "message": one.message,
                "hint": one.hint,
            }
            for target, several in findings.items()
            for one in several
        ]
        write([as_json({"gates": gates, "findings": listed})])
        return
    where = terminal()
    for target, several in findings.items():
        for one in several:
            severity = where.paint(one.severity.name.lower(), roles[one.severity])
            said = clean_line(f"{one.template}: {one.message} [{one.code}]")
            write([f"{target}: {severity}: {said}", f"    {clean_line(one.hint)}"])
    count = sum(len(several) for several in findings.values())
    remark(f"{counted(gates, 'gate')}, {counted(count, 'finding') if count else 'no findings'}")
