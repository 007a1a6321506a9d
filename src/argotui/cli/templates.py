"""`template` and `cluster-template`: list, show, create, update, delete and lint templates."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click

from argotui.cli import values
from argotui.cli.options import shared
from argotui.model.kinds import CLUSTER_WORKFLOW_TEMPLATE, WORKFLOW_TEMPLATE, Kind

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from argotui.backend.ports import Document
    from argotui.cli.connect import ClusterConnection
    from argotui.cli.manifest_files import ManifestSource
    from argotui.operations.submit.templates import Templates

Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]

_OUTPUT = click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "wide", "name", "json", "yaml"]),
    default="text",
    help="The output format.",
)
_FILES = click.argument(
    "targets", nargs=-1, required=True, metavar="FILE|FOLDER|-...", shell_complete=values.files
)
_DRY_RUN = click.option("--dry-run", is_flag=True, help="Let the server try it; nothing changes.")


def _verbs_of(kind: Kind) -> Callable[[click.Group], click.Group]:
    """Give a group the verbs of a kind."""

    def with_verbs(group: click.Group) -> click.Group:
        _add_reading(group, kind)
        _add_writing(group, kind)
        return group

    return with_verbs


def _names_of(kind: Kind) -> Completer:
    def names(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        return values.objects(context, kind, incomplete)

    return names


def _add_reading(group: click.Group, kind: Kind) -> None:
    @group.command("list", help=f"List {kind.name}s.")
    @shared
    @click.option("-l", "--selector", metavar="LABELS", default="", help="A label selector.")
    @click.option(
        "-o",
        "--output",
        type=click.Choice(["table", "wide", "name", "json", "yaml"]),
        default="table",
        help="The output format.",
    )
    @click.option("--no-headers", is_flag=True, help="Do not print the header line.")
    @click.pass_context
    def list_all(context: click.Context, selector: str, output: str, no_headers: bool) -> None:
        async def act(connection: ClusterConnection) -> int:
            templates = _templates(connection, kind)
            place = connection.namespace if kind.namespaced else None
            found = [each async for each in templates.all(place, selector)]
            if not found and place is not None:
                await connection.require_namespace(place)
            _print_list(found, connection, kind, output, headers=not no_headers)
            return 0

        _run(context, act)

    @group.command("get", help=f"Show {kind.name}s: parameters, entrypoints and templates.")
    @shared
    @click.argument(
        "names", nargs=-1, required=True, metavar="NAME...", shell_complete=_names_of(kind)
    )
    @_OUTPUT
    @click.pass_context
    def get(context: click.Context, names: tuple[str, ...], output: str) -> None:
        async def act(connection: ClusterConnection) -> int:
            templates = _templates(connection, kind)
            found = [await templates.read(connection.home, name) for name in names]
            _print(found, kind, output)
            return 0

        _run(context, act)

    @group.command("lint", help=f"Check the {kind.name}s of files, as `argotui lint`.")
    @shared
    @_FILES
    @click.option("--strict", is_flag=True, help="Fail on warnings too.")
    @click.option("--server-dry-run", "server", is_flag=True, help="Let the server try them, too.")
    @click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
    @click.pass_context
    def lint(
        context: click.Context, targets: tuple[str, ...], strict: bool, server: bool, output: str
    ) -> None:
        from argotui.cli.lint import lint_targets

        lint_targets(
            context, targets, strict=strict, kinds=(kind.plural,), server=server, output=output
        )


def _add_writing(group: click.Group, kind: Kind) -> None:
    @group.command("create", help=f"Create {kind.name}s from files.")
    @shared
    @_FILES
    @_DRY_RUN
    @_OUTPUT
    @click.pass_context
    def create(
        context: click.Context, targets: tuple[str, ...], dry_run: bool, output: str
    ) -> None:
        _write(context, kind, targets, output, new=True, dry_run=dry_run)

    @group.command("update", help=f"Replace {kind.name}s by those of files.")
    @shared
    @_FILES
    @_DRY_RUN
    @_OUTPUT
    @click.pass_context
    def update(
        context: click.Context, targets: tuple[str, ...], dry_run: bool, output: str
    ) -> None:
        _write(context, kind, targets, output, new=False, dry_run=dry_run)

    @group.command("delete", help=f"Delete {kind.name}s; workflows made from them stay.")
    @shared
    @click.argument("names", nargs=-1, metavar="NAME...", shell_complete=_names_of(kind))
    @click.option("--all", "everything", is_flag=True, help="All of the namespace.")
    @_DRY_RUN
    @click.option("-y", "--yes", is_flag=True, help="Do not ask.")
    @click.pass_context
    def delete(
        context: click.Context, names: tuple[str, ...], everything: bool, dry_run: bool, yes: bool
    ) -> None:
        if bool(names) == everything:
            raise click.UsageError("name what to delete, or give --all")

        async def act(connection: ClusterConnection) -> int:
            templates = _templates(connection, kind)
            wanted = list(dict.fromkeys(names))
            if everything:
                place = connection.home if kind.namespaced else None
                wanted = [str(each["metadata"]["name"]) async for each in templates.all(place)]
            return await _delete(connection, templates, wanted, dry_run=dry_run, yes=yes)

        _run(context, act)


@_verbs_of(WORKFLOW_TEMPLATE)
@click.group("template", short_help="Manage WorkflowTemplates.")
def template() -> None:
    """Manage WorkflowTemplates: list, show, check, create, update and delete them."""


@_verbs_of(CLUSTER_WORKFLOW_TEMPLATE)
@click.group("cluster-template", short_help="Manage ClusterWorkflowTemplates.")
def cluster_template() -> None:
    """Manage ClusterWorkflowTemplates: list, show, check, create, update and delete them."""


def _run(context: click.Context, act: Callable[[ClusterConnection], Any]) -> None:
    from argotui.cli.connect import run

    context.exit(run(context, act))


def _templates(connection: ClusterConnection, kind: Kind) -> Templates:
    from argotui.operations.submit.templates import Templates

    return Templates(connection.backend.objects, kind, read_only=connection.read_only)


def _write(
    context: click.Context,
    kind: Kind,
    targets: Sequence[str],
    output: str,
    *,
    new: bool,
    dry_run: bool,
) -> None:
    """Create the objects of files, or replace those of their names by them."""
    documents = documents_of(targets, kind)

    async def act(connection: ClusterConnection) -> int:
        templates = _templates(connection, kind)
        templates.check(documents)
        write_one = templates.create if new else templates.update
        done = "created" if new else "updated"
        for each in documents:
            made = await write_one(each, connection.home, dry_run=dry_run)
            _say(made, kind, f"would be {done}" if dry_run else done, output)
        return 0

    _run(context, act)


def documents_of(targets: Sequence[str], kind: Kind) -> list[Document]:
    """Return the objects of a kind in files; say which others are left out."""
    from argotui.cli.connect import remark
    from argotui.cli.manifest_files import read_objects

    found: list[ManifestSource] = []
    for source in read_objects(targets):
        if source.document.get("kind") == kind.name:
            found.append(source)
        else:
            remark(f"{source.at()}: {source.document.get('kind')} is left out: not {kind.name}")
    if not found:
        raise click.UsageError(f"there is no {kind.name} in {', '.join(targets)}")
    return [each.document for each in found]


async def _delete(
    connection: ClusterConnection,
    templates: Templates,
    names: Sequence[str],
    *,
    dry_run: bool,
    yes: bool,
) -> int:
    """Delete one after the other; the exit code is that of the first failure."""
    from argotui.cli import exits
    from argotui.cli.asking import confirm, need_answers
    from argotui.cli.main import tell
    from argotui.errors import BackendError
    from argotui.model.counted import counted

    kind = templates.kind.name
    if connection.read_only and not dry_run:
        raise click.UsageError("read-only: the settings refuse every action that writes")
    if names and not dry_run and not yes:
        need_answers()
        click.echo("\n".join(f"  {name}" for name in names), err=True)
        confirm(f"Delete {counted(len(names), kind)}?")
    code = exits.OK
    for name in names:
        try:
            gone = await templates.delete(connection.home, name, dry_run=dry_run)
        except BackendError as error:
            tell(error)
            code = code or exits.code_of(error)
            continue
        _say(gone, templates.kind, "would be deleted" if dry_run else "deleted", "text")
    return code


def _say(document: Document, kind: Kind, done: str, output: str) -> None:
    from argotui.cli.output import write
    from argotui.model.sanitise import clean_line

    if output in ("text", "wide"):
        write([clean_line(f"{kind.name} {document['metadata']['name']} {done}")])
    else:
        _print([document], kind, output)


def _print_list(
    found: Sequence[Document],
    connection: ClusterConnection,
    kind: Kind,
    output: str,
    *,
    headers: bool,
) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.output import TextColumn, as_json, as_yaml, table, terminal, write
    from argotui.model.durations import format_age
    from argotui.model.sanitise import clean_line
    from argotui.model.submission.glance import glance_at

    everywhere = kind.namespaced and connection.namespace is None
    if output in ("json", "yaml"):
        listed = {"apiVersion": "v1", "kind": "List", "items": list(found)}
        write([as_json(listed) if output == "json" else as_yaml(listed)])
        return
    glances = [glance_at(each) for each in found]
    if output == "name":
        write(f"{each.namespace}/{each.name}" if everywhere else each.name for each in glances)
        return
    columns = [TextColumn("NAMESPACE", least=9)] if everywhere else []
    columns += [
        TextColumn("NAME", least=20),
        TextColumn("ENTRYPOINT", least=10),
        TextColumn("PARAMETERS", least=12),
        TextColumn("AGE", right=True),
    ]
    if output == "wide":
        columns += [TextColumn("TEMPLATES", right=True), TextColumn("DESCRIPTION", least=12)]
    rows = []
    now = connection.clock.now()
    for each in glances:
        row = [each.namespace] if everywhere else []
        parameters = " ".join(
            field.name if field.required else f"{field.name}={field.default or '...'}"
            for field in each.fields
        )
        row += [
            each.name,
            each.entrypoint,
            parameters,
            format_age((now - each.created).total_seconds()) if each.created else "",
        ]
        if output == "wide":
            row += [str(len(each.templates)), each.description]
        rows.append([clean_line(cell) for cell in row])
    if rows:
        write(table(columns, rows, terminal(), headers=headers))
    elif headers:
        remark(f"no {kind.name} here")


def _print(found: Sequence[Document], kind: Kind, output: str) -> None:
    from argotui.cli.output import write
    from argotui.cli.submit import print_objects

    if output in ("json", "yaml", "name"):
        print_objects(found, output)
        return
    for number, document in enumerate(found):
        write([*([""] if number else []), *_describe(document, kind, wide=output == "wide")])


def _describe(document: Document, kind: Kind, *, wide: bool) -> Iterator[str]:
    from argotui.model.redact import redact_text
    from argotui.model.sanitise import clean_line
    from argotui.model.spelling import shown_value
    from argotui.model.submission.glance import glance_at

    glance = glance_at(document)

    def line(label: str, text: str) -> str:
        return f"{f'{label}:' if label else '':<13} {clean_line(text)}".rstrip()

    yield line("name", glance.name)
    if kind.namespaced:
        yield line("namespace", glance.namespace)
    if glance.description:
        yield line("description", redact_text(glance.description))
    yield line("entrypoint", glance.entrypoint or "none")
    label = "parameters"
    for field in glance.fields:
        text = field.name
        if field.default is not None:
            text += f" = {shown_value(field.name, field.default)}"
        if field.choices:
            text += f"  ({'any of' if field.several else 'one of'} {', '.join(field.choices)})"
        if field.value_from:
            text += f"  (from {field.value_from})"
        if field.required:
            text += "  (needs a value)"
        if field.description:
            text += f"  {redact_text(field.description)}"
        yield line(label, text)
        if wide and field.note:
            yield line("", field.note)
        label = ""
    label = "templates"
    for name, what in glance.templates:
        yield line(label, f"{name}  ({what})")
        label = ""
