"""`submit`: create workflows from manifests, templates and CronWorkflows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from argotui.cli import values
from argotui.cli.following import following, take_following
from argotui.cli.options import shared
from argotui.cli.parameters import parameter_file_option, parameter_option

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from argotui.backend.ports import Document
    from argotui.cli.connect import ClusterConnection
    from argotui.model.argo import Key
    from argotui.operations.submit.submitter import Prepared, Submitter

OUTPUTS = ("text", "wide", "name", "json", "yaml")


def _pairs(
    context: click.Context, parameter: click.Parameter, given: tuple[str, ...]
) -> dict[str, str]:
    """Return `A=B,C=D` options as a mapping; the last one of a name counts, as with argo."""
    found: dict[str, str] = {}
    for one in given:
        for pair in one.split(","):
            name, equals, value = pair.partition("=")
            if not equals or not name.strip():
                raise click.BadParameter(f"{pair!r} is not NAME=VALUE", context, parameter)
            found[name.strip()] = value.strip()
    return found


@click.command(short_help="Submit workflows from files, templates or CronWorkflows.")
@shared
@click.argument("targets", nargs=-1, metavar="[FILE|FOLDER|-]...", shell_complete=values.files)
@click.option(
    "--from",
    "source",
    metavar="KIND/NAME",
    help="Submit from workflowtemplate/NAME, clusterworkflowtemplate/NAME or cronwf/NAME.",
    shell_complete=values.submission_sources,
)
@parameter_option()
@parameter_file_option
@click.option("--entrypoint", metavar="NAME", default="", help="The template to begin with.")
@click.option("--name", metavar="NAME", default="", help="The name of the workflow.")
@click.option("--generate-name", metavar="PREFIX", default="", help="The beginning of its name.")
@click.option(
    "-l",
    "--labels",
    multiple=True,
    callback=_pairs,
    metavar="K=V,...",
    help="Labels, over those it has.",
)
@click.option(
    "--annotations",
    multiple=True,
    callback=_pairs,
    metavar="K=V,...",
    help="Annotations, over those it has.",
)
@click.option("--serviceaccount", metavar="NAME", default="", help="The account of its pods.")
@click.option("--priority", type=int, metavar="N", help="Its priority; the greatest starts first.")
@click.option(
    "--scheduled-time", metavar="TIME", default="", help="With --from: the time it stands for."
)
@click.option("--strict/--no-strict", default=True, help="Refuse unknown and unfit parameters.")
@click.option("--dry-run", is_flag=True, help="Print what would be sent; nothing is sent.")
@click.option("--server-dry-run", is_flag=True, help="Let the server try it; nothing is created.")
@following
@click.option("-o", "--output", type=click.Choice(OUTPUTS), default=None, help="The output format.")
@click.pass_context
def submit(
    context: click.Context,
    /,
    targets: tuple[str, ...],
    source: str | None,
    parameters: dict[str, str],
    parameter_file: str | None,
    entrypoint: str,
    name: str,
    generate_name: str,
    labels: dict[str, str],
    annotations: dict[str, str],
    serviceaccount: str,
    priority: int | None,
    scheduled_time: str,
    strict: bool,
    dry_run: bool,
    server_dry_run: bool,
    output: str | None,
    **given: Any,
) -> None:
    """Submit workflows from files, folders, standard input, or an object of the cluster.

    \b
      argotui submit workflow.yaml -p version=2.41 --watch
      argotui submit --from workflowtemplate/release -p version=2.41
      argotui submit --from cronwf/nightly --wait

    Everything is checked before anything is sent. With --wait, --watch and --log the exit code
    says how it ended, as for `watch`: 0 it succeeded, 1 it failed, 6 it ended in phase Error. The
    exit code is 12 if no answer says whether it was created.
    """
    from argotui.model.submission.build import SubmitOptions

    _check_sources(targets, source, scheduled_time)
    if parameter_file is not None:
        parameters = {**read_parameters(parameter_file), **parameters}
    options = SubmitOptions(
        name=name,
        generate_name=generate_name,
        entrypoint=entrypoint,
        service_account=serviceaccount,
        priority=priority,
        labels=labels,
        annotations=annotations,
        parameters=parameters,
        scheduled_time=scheduled_time,
        strict=strict,
    )
    documents = _workflows_of(targets) if targets else []

    async def prepare(submitter: Submitter, home: str) -> list[Prepared]:
        if source is None:
            return await submitter.prepare_documents(documents, home, options)
        kind, _, own = source.partition("/")
        return [await submitter.prepare_from(kind, own, home, options)]

    run_submission(
        context,
        prepare,
        SubmissionMode(dry_run, server_dry_run, output, take_following(given)),
    )


class SubmissionMode(NamedTuple):
    """What to do with workflows that are prepared, and what to print."""

    dry_run: bool
    server_dry_run: bool
    output: str | None
    after: str = ""
    """`wait`, `watch` or `log` once they are submitted."""


def run_submission(
    context: click.Context,
    prepare: Callable[[Submitter, str], Awaitable[list[Prepared]]],
    mode: SubmissionMode,
) -> None:
    """Prepare workflows, submit them or show them, and exit; `prepare` gets the namespace of a
    name without one."""
    from argotui.cli.connect import run

    _check_modes(mode)

    async def act(connection: ClusterConnection) -> int:
        from argotui.operations.submit.submitter import Submitter

        dry = mode.dry_run or mode.server_dry_run
        if connection.read_only and not dry:
            raise click.UsageError("read-only: the settings refuse every action that writes")
        submitter = Submitter(
            connection.backend.objects, connection.clock, read_only=connection.read_only
        )
        prepared = await prepare(submitter, connection.home)
        if dry:
            output = mode.output or "yaml"
            return await _try(submitter, prepared, output, server=mode.server_dry_run)
        if len(prepared) > 1 and mode.after in ("watch", "log"):
            raise click.UsageError("one workflow can be watched: give --wait for several")
        return await _send(connection, submitter, prepared, mode.output or "text", mode.after)

    context.exit(run(context, act))


def _check_modes(mode: SubmissionMode) -> None:
    dry = (mode.dry_run, mode.server_dry_run)
    if all(dry):
        raise click.UsageError("--dry-run and --server-dry-run exclude each other")
    if any(dry) and mode.after:
        raise click.UsageError("a dry run creates nothing to wait for")


def _check_sources(targets: Sequence[str], source: str | None, scheduled_time: str) -> None:
    if bool(targets) == (source is not None):
        raise click.UsageError("give files, folders or -, or --from KIND/NAME")
    if source is not None and not all(source.partition("/")):
        raise click.UsageError(f"--from {source!r} is not KIND/NAME, for instance cronwf/nightly")
    if scheduled_time and source is None:
        raise click.UsageError("--scheduled-time needs --from")


def _workflows_of(targets: Sequence[str]) -> list[Document]:
    """Return the workflows of files; say what to do with the templates among them."""
    from argotui.cli.connect import remark
    from argotui.cli.manifest_files import read_objects

    verbs = {
        "WorkflowTemplate": "template",
        "ClusterWorkflowTemplate": "cluster-template",
        "CronWorkflow": "cron",
    }
    found: list[Document] = []
    others = 0
    for source in read_objects(targets):
        kind = source.document.get("kind")
        if kind == "Workflow":
            found.append(source.document)
            continue
        others += 1
        what = f"{source.at()}: {kind or 'an object without a kind'} is not submitted"
        if verb := verbs.get(str(kind)):
            what += f"; give it to: argotui {verb} create {source.target}"
        remark(what)
    if not found:
        raise click.UsageError("there is no Workflow to submit")
    return found


def read_parameters(name: str) -> dict[str, str]:
    """Return the parameters of a file, each as the text that argo makes of it."""
    import json

    from argotui.cli.manifest_files import read_file
    from argotui.model.argo import text_of

    documents = read_file(name)
    if len(documents) != 1 or not isinstance(documents[0].document, dict):
        raise click.UsageError(f"{name} is not one mapping of parameters to values")
    found = {}
    for key, value in documents[0].document.items():
        if isinstance(value, dict | list):
            found[key] = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        else:
            found[key] = "null" if value is None else text_of(value) or ""
    return found


async def _try(
    submitter: Submitter, prepared: Sequence[Prepared], output: str, *, server: bool
) -> int:
    shown = []
    for each in prepared:
        shown.append(await submitter.send(each, dry_run=True) if server else each.document)
    print_objects(shown, "yaml" if output in ("text", "wide") else output)
    return 0


async def _send(
    connection: ClusterConnection,
    submitter: Submitter,
    prepared: Sequence[Prepared],
    output: str,
    after: str,
) -> int:
    from argotui.cli import exits
    from argotui.cli.following import follow
    from argotui.cli.main import tell
    from argotui.errors import BackendError
    from argotui.model.argo import key_of_document
    from argotui.operations.submit.submitter import SubmissionLost

    keys: list[Key] = []
    try:
        for each in prepared:
            created = await submitter.send(each)
            key = key_of_document(created)
            keys.append(key)
            if output in ("text", "wide"):
                await _describe(connection, key, wide=output == "wide")
            else:
                print_objects([created], output)
    except BackendError as error:
        tell(error)
        return exits.UNKNOWN_OUTCOME if isinstance(error, SubmissionLost) else exits.code_of(error)
    return await follow(connection, keys, after) if after else exits.OK


async def _describe(connection: ClusterConnection, key: Key, *, wide: bool) -> None:
    from argotui.cli.get_verb import describe
    from argotui.cli.output import terminal, write

    workflow = await connection.cluster.get_workflow(*key)
    write(describe(workflow, key, connection.clock.now(), terminal(), wide=wide))


def print_objects(documents: Sequence[Document], output: str) -> None:
    """Print objects: by name, or whole, YAML with `---` between them."""
    from argotui.cli.output import as_json, as_yaml, write
    from argotui.model.sanitise import clean_line

    for number, document in enumerate(documents):
        if output == "name":
            meta = document["metadata"]
            write([clean_line(str(meta.get("name") or meta.get("generateName") or ""))])
        elif output == "json":
            write([as_json(document)])
        else:
            write([*(["---"] if number else []), as_yaml(document)])
