"""`lint`: the traps in gates, in files or in the cluster's templates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from argotui.cli.options import shared
from argotui.model.kinds import (
    CLUSTER_WORKFLOW_TEMPLATE,
    CRON_WORKFLOW,
    WORKFLOW,
    WORKFLOW_TEMPLATE,
)

if TYPE_CHECKING:
    import yaml

    from argotui.cli.connect import ClusterConnection
    from argotui.model.gates.lint import LintFinding
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
SUFFIXES = (".yaml", ".yml", ".json")
"""The files of a folder that are read, as `argo lint` reads them."""
_MOST_NAMES = 5


class LintSource(NamedTuple):
    """A document with its source; `node` has the lines of a file."""

    target: str
    document: Any
    node: yaml.Node | None = None

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line, from 1, on which the last part of a path that is there begins."""
        found = self.node
        if found is None:
            return None
        line = found.start_mark.line + 1
        for part in path:
            pairs = found.value if isinstance(found.value, list) else []
            if isinstance(part, int) and part < len(pairs):
                found = pairs[part]
                line = found.start_mark.line + 1
            else:
                for name, value in (each for each in pairs if isinstance(each, tuple)):
                    if name.value == part:
                        line, found = name.start_mark.line + 1, value
                        break
                else:
                    break
        return line

    def at(self, path: Sequence[str | int]) -> str:
        line = self.line(path)
        return self.target if line is None else f"{self.target}:{line}"


class LintResult(NamedTuple):
    """What was found in one document."""

    source: LintSource
    objects: list[FoundManifest]
    unread: list[UnreadManifest]
    findings: list[tuple[FoundManifest, LintFinding]]
    gates: int


@click.command(short_help="Find the traps in a template's gates.")
@shared
@click.argument("targets", nargs=-1, required=True, metavar="FILE|FOLDER|template/NAME...")
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def lint(context: click.Context, targets: tuple[str, ...], strict: bool, output: str) -> None:
    """Find the traps in the gates of YAML files, of folders or of objects in the cluster.

    \b
      argotui lint release.yaml
      argotui lint workflows/
      argotui lint template/release cron/nightly cluster-template/base workflow/release-2.41

    Reads workflows, templates and CronWorkflows everywhere: in lists, in the triggers of sensors,
    in the manifests of resource templates. It says what it did not read.

    The exit code is 1 for an error, with --strict also for a warning, and 2 if a file could not be
    read or there was nothing to read.
    """
    from argotui.cli.connect import remark, run
    from argotui.model.gates.lint import Severity

    remote = [one for one in targets if one.partition("/")[0] in KINDS and not Path(one).exists()]
    sources: dict[str, list[LintSource]] = {}
    broken: list[str] = []
    for one in dict.fromkeys(targets):
        if one in remote:
            continue
        sources[one] = []
        for file in files_of(one):
            try:
                sources[one] += read_file(file)
            except click.UsageError as error:
                if targets == (file,):
                    raise
                # The other files are read and reported all the same.
                broken.append(error.message)
    if remote:

        async def read(connection: ClusterConnection) -> int:
            for name in remote:
                sources[name] = [LintSource(name, await read_remote(connection, name))]
            return 0

        run(context, read)
    looked = [look(source) for name in dict.fromkeys(targets) for source in sources[name]]
    _print(looked, output)
    for message in broken:
        remark(message)
    if broken or not any(each.objects for each in looked):
        context.exit(2)
    limit = Severity.WARNING if strict else Severity.ERROR
    worst = max((one.severity for each in looked for _, one in each.findings), default=0)
    context.exit(1 if worst >= limit else 0)


def files_of(target: str) -> list[str]:
    """Return the target itself, or the YAML and JSON files in a folder and in those below it.

    Raises click.UsageError if a folder holds none.
    """
    if not Path(target).is_dir():
        return [target]
    paths = [path for path in Path(target).rglob("*") if path.suffix in SUFFIXES]
    if not paths:
        raise click.UsageError(f"{target} holds no file that ends in {', '.join(SUFFIXES)}")
    return sorted(str(path) for path in paths if not path.is_dir())


def read_file(name: str) -> list[LintSource]:
    """Return the YAML documents of a file; `-` is standard input."""
    import yaml

    loader: Any = None
    try:
        with click.open_file(name, encoding="utf-8") as file:
            loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(file.read())
        found = []
        while loader.check_node():
            node = loader.get_node()
            found.append(LintSource(name, loader.construct_document(node), node))
        return found
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise click.UsageError(f"{name} cannot be read: {error}") from None
    finally:
        if loader is not None:
            loader.dispose()


async def read_remote(connection: ClusterConnection, name: str) -> dict[str, Any]:
    """Return an object of the cluster that `kind/NAME` or `kind/NS/NAME` names."""
    kind, _, rest = name.partition("/")
    namespace, slash, own = rest.partition("/")
    if not slash:
        namespace, own = connection.home, rest
    within = None if kind == "cluster-template" else namespace
    return await connection.cluster.get_raw_document(within, own, resource=KINDS[kind])


def look(source: LintSource) -> LintResult:
    """Return all findings about a document."""
    from argotui.model.gates.lint import gates_in, lint
    from argotui.model.manifests import objects_in

    objects, unread = objects_in(source.document)
    findings = [(each, finding) for each in objects for finding in lint(each.object)]
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
    from argotui.model.gates.lint import Severity
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
            write([f"{clean_line(place)}: {clean_line(one.template)}: {severity}: {said}"])
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
