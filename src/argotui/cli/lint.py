"""`lint`: mistakes in manifests and traps in gates, in files or in the cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from argotui.cli.manifest_files import ManifestSource, files_of, read_file
from argotui.cli.options import shared
from argotui.model.kinds import (
    CLUSTER_WORKFLOW_TEMPLATE,
    CRON_WORKFLOW,
    WORKFLOW,
    WORKFLOW_TEMPLATE,
)

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.model.findings import LintFinding
    from argotui.model.manifests import FoundManifest, UnreadManifest

KINDS = {
    "template": WORKFLOW_TEMPLATE.plural,
    "cluster-template": CLUSTER_WORKFLOW_TEMPLATE.plural,
    "cron": CRON_WORKFLOW.plural,
    "workflow": WORKFLOW.plural,
}
"""The words before the slash of a name in the cluster, and their resources."""


SHORT = {
    "workflowtemplate": "template",
    "clusterworkflowtemplate": "cluster-template",
    "cronworkflow": "cron",
}
"""How kinds are written on this command line."""
_MOST_NAMES = 5


class LintResult(NamedTuple):
    """What was found in one document."""

    source: ManifestSource
    objects: list[FoundManifest]
    unread: list[UnreadManifest]
    findings: list[tuple[FoundManifest, LintFinding]]
    gates: int


ALL_KINDS = ("workflows", "workflowtemplates", "cronworkflows", "clusterworkflowtemplates")


def _kinds(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    words = [word for one in given for word in one.split(",") if word]
    if unknown := [word for word in words if word not in (*ALL_KINDS, "all")]:
        known = ", ".join(ALL_KINDS)
        raise click.BadParameter(f"{unknown[0]!r} is none of {known}", context, parameter)
    return ALL_KINDS if not words or "all" in words else tuple(words)


@click.command(short_help="Find mistakes and traps in manifests.")
@shared
@click.argument("targets", nargs=-1, required=True, metavar="FILE|FOLDER|template/NAME...")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option(
    "--kinds",
    multiple=True,
    callback=_kinds,
    metavar="KIND,...",
    help="Only these: workflows, workflowtemplates, cronworkflows, clusterworkflowtemplates.",
)
@click.option("--offline", is_flag=True, help="Ask no server about files; the default.")
@click.option("--server-dry-run", is_flag=True, help="Let the server try the files, too.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def lint(
    context: click.Context,
    targets: tuple[str, ...],
    strict: bool,
    kinds: tuple[str, ...],
    offline: bool,
    server_dry_run: bool,
    output: str,
) -> None:
    """Find mistakes and the traps of gates in YAML files, folders or objects in the cluster.

    \b
      argotui lint release.yaml
      argotui lint workflows/ --server-dry-run
      argotui lint template/release cron/nightly cluster-template/base workflow/release-2.41

    Reads workflows, templates and CronWorkflows everywhere: in lists, in the triggers of sensors,
    in the manifests of resource templates. It says what it did not read. It knows the fields of
    Argo 4.1; with --server-dry-run the server judges, by its own schema and admission policies.

    The exit code is 1 for an error, with --strict also for a warning, and 2 if a file could not be
    read or there was nothing to read.
    """
    if offline and server_dry_run:
        raise click.UsageError("--offline and --server-dry-run exclude each other")
    lint_targets(context, targets, strict=strict, kinds=kinds, server=server_dry_run, output=output)


def lint_targets(
    context: click.Context,
    targets: Sequence[str],
    *,
    strict: bool,
    kinds: Sequence[str],
    server: bool,
    output: str,
) -> None:
    """Lint the objects of some kinds in targets, print what was found, and exit."""
    from argotui.cli.connect import remark, run
    from argotui.model.findings import Severity

    remote = [one for one in targets if one.partition("/")[0] in KINDS and not Path(one).exists()]
    sources: dict[str, list[ManifestSource]] = {}
    broken: list[str] = []
    for one in dict.fromkeys(targets):
        if one in remote:
            continue
        sources[one] = []
        for file in files_of(one):
            try:
                sources[one] += read_file(file)
            except click.UsageError as error:
                if list(targets) == [file]:
                    raise
                # The other files are read and reported all the same.
                broken.append(error.message)
    looked: list[LintResult] = []

    async def read(connection: ClusterConnection) -> int:
        for name in remote:
            sources[name] = [ManifestSource(name, await read_remote(connection, name))]
        looked.extend(_look_at(sources, targets, kinds))
        if server:
            for each in looked:
                if each.source.target not in remote:
                    await _ask_server(connection, each)
        return 0

    if remote or server:
        run(context, read)
    else:
        looked = _look_at(sources, targets, kinds)
    _print(looked, output)
    for message in broken:
        remark(message)
    if broken or not any(each.objects for each in looked):
        context.exit(2)
    limit = Severity.WARNING if strict else Severity.ERROR
    worst = max((one.severity for each in looked for _, one in each.findings), default=0)
    context.exit(1 if worst >= limit else 0)


def _look_at(
    sources: dict[str, list[ManifestSource]], targets: Sequence[str], kinds: Sequence[str]
) -> list[LintResult]:
    names = dict.fromkeys(targets)
    return [look(source, kinds) for name in names for source in sources[name]]


async def _ask_server(connection: ClusterConnection, looked: LintResult) -> None:
    """Add what the server says about the objects of a document."""
    from argotui.model.findings import LintFinding, Severity
    from argotui.operations.submit.trying import refusal_of

    for found in looked.objects:
        if found.text:
            continue
        objects, document = connection.backend.objects, dict(found.object)
        if refusal := await refusal_of(objects, document, connection.home):
            hint = "The server refuses it."
            finding = LintFinding(Severity.ERROR, "refused", "", refusal, hint)
            looked.findings.append((found, finding))


async def read_remote(connection: ClusterConnection, name: str) -> dict[str, Any]:
    """Return an object of the cluster that `kind/NAME` or `kind/NS/NAME` names."""
    kind, _, rest = name.partition("/")
    namespace, slash, own = rest.partition("/")
    if not slash:
        namespace, own = connection.home, rest
    within = None if kind == "cluster-template" else namespace
    return await connection.cluster.get_raw_document(within, own, resource=KINDS[kind])


def look(source: ManifestSource, kinds: Sequence[str] = ALL_KINDS) -> LintResult:
    """Return all findings about the objects of some kinds in a document."""
    from argotui.backend.argo_fields import argo_fields
    from argotui.model.gates.lint import gates_in, lint
    from argotui.model.kinds import KINDS as ARGO_KINDS
    from argotui.model.manifest_lint import lint_manifest
    from argotui.model.manifests import objects_in

    objects, unread = objects_in(source.document)
    objects = [each for each in objects if ARGO_KINDS[str(each.object["kind"])].plural in kinds]
    findings = [
        (each, finding)
        for each in objects
        for finding in (*lint_manifest(each.object, argo_fields()), *lint(each.object))
    ]
    # In a file in the order of its lines; `lint` has the worst first.
    findings.sort(key=lambda pair: source.line(_path(*pair)) or 0)
    gates = sum(len(gates_in(each.object)) for each in objects)
    return LintResult(source, objects, unread, findings, gates)


def _path(found: FoundManifest, finding: LintFinding) -> tuple[str | int, ...]:
    """Return the path to a finding in its document; within a text that is as far as it goes."""
    return found.path if found.text else (*found.path, *finding.path)


def not_read(looked: Sequence[LintResult]) -> Iterator[tuple[LintResult, UnreadManifest]]:
    """Yield what was not read, except templates that are named and were read."""
    there = {each.place.rpartition(": ")[2] for one in looked for each in one.objects}
    for one in looked:
        for unread in one.unread:
            if unread.refers not in there:
                yield one, unread


def _print(looked: Sequence[LintResult], output: str) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.output import as_json, terminal, write
    from argotui.model.findings import Severity
    from argotui.model.sanitise import clean_line

    roles = {Severity.ERROR: "failed", Severity.WARNING: "waiting", Severity.INFO: "dim"}
    if output == "json":
        write([as_json(_document(looked))])
        return
    where = terminal()
    for each in looked:
        for found, one in each.findings:
            severity = where.paint(one.severity.name.lower(), roles[one.severity])
            place = each.source.at(_path(found, one))
            if each.source.node is not None:
                place += f": {found.place}"
            said = clean_line(f"{one.message} [{one.code}]")
            within = f"{clean_line(one.template)}: " if one.template else ""
            write([f"{clean_line(place)}: {within}{severity}: {said}"])
            write([f"    {clean_line(one.hint)}"])
    for text in _summary(looked):
        remark(clean_line(text))


def _document(looked: Sequence[LintResult]) -> dict[str, Any]:
    return {
        "gates": sum(each.gates for each in looked),
        "read": sum(len(each.objects) for each in looked),
        "findings": [
            {
                "target": each.source.target,
                "severity": one.severity.name.lower(),
                "code": one.code,
                "template": one.template,
                "message": one.message,
                "hint": one.hint,
                "line": each.source.line(_path(found, one)),
                "object": found.place,
            }
            for each in looked
            for found, one in each.findings
        ],
        "notRead": [
            {
                "target": each.source.target,
                "line": each.source.line(unread.path),
                "object": unread.place,
                "why": unread.why,
                "refers": unread.refers or None,
            }
            for each, unread in not_read(looked)
        ],
    }


def _summary(looked: Sequence[LintResult]) -> Iterator[str]:
    """Yield the counts, and what was not read."""
    from argotui.model.counted import counted

    objects = [found for each in looked for found in each.objects]
    missing = list(not_read(looked))
    gates, count = sum(each.gates for each in looked), sum(len(each.findings) for each in looked)
    if objects:
        kinds = Counter(found.object.get("kind") for found in objects)
        read = ", ".join(counted(number, str(kind)) for kind, number in kinds.items())
        said = counted(count, "finding") if count else "no findings"
        yield f"{counted(gates, 'gate')} in {read}: {said}"
    else:
        yield "nothing was checked: there is no workflow, template or CronWorkflow in it"
    skipped = [(each, unread) for each, unread in missing if not unread.refers]
    for each, unread in skipped[:_MOST_NAMES]:
        yield f"not read: {each.source.at(unread.path)}: {unread.place}: {unread.why}"
    if len(skipped) > _MOST_NAMES:
        yield f"not read: {counted(len(skipped) - _MOST_NAMES, 'more object')}"
    elsewhere = list(dict.fromkeys(unread.refers for _, unread in missing if unread.refers))
    if elsewhere:
        names = [_short(name) for name in elsewhere[:_MOST_NAMES]]
        more = f" and {len(elsewhere) - _MOST_NAMES} more" if len(elsewhere) > _MOST_NAMES else ""
        named = counted(len(elsewhere), "template")
        yield f"not read: {named} named here: {', '.join(names)}{more}"


def _short(name: str) -> str:
    kind, _, rest = name.partition("/")
    return f"{SHORT.get(kind, kind)}/{rest}"
