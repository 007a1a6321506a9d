"""`admission`: the policies by which the API server itself holds gates to their approvers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from argotui.cli.asking import confirm, need_answers
from argotui.cli.options import shared

if TYPE_CHECKING:
    from argotui.cli.connect import ClusterConnection
    from argotui.operations.admission.checking import Report
    from argotui.operations.admission.manifest import Generated
    from argotui.operations.admission.parameters import Parameters

F = TypeVar("F", bound=Callable[..., Any])

_NAME = click.option(
    "--name", default="argotui", metavar="NAME", help="The prefix of the objects' names."
)


def _parameters(function: F) -> F:
    for option in reversed(
        (
            click.option(
                "--controller",
                "controllers",
                multiple=True,
                metavar="USER",
                help="The user name of Argo's controller; default: "
                "system:serviceaccount:argo:argo. May be given again.",
            ),
            click.option(
                "--approvers",
                "source",
                type=click.Choice(["templates", "namespace", "rbac"]),
                default="templates",
                help="Where the approvers are listed.",
            ),
            click.option(
                "--label",
                metavar="KEY=VALUE",
                default="argotui.io/gates=enforced",
                show_default=True,
                help="The label of the namespaces.",
            ),
            click.option(
                "--reporter",
                "reporters",
                multiple=True,
                metavar="USER",
                help="Who may report task results beside workflow pods.",
            ),
            _NAME,
        )
    ):
        function = option(function)
    return function


@click.group(short_help="Let the cluster enforce who approves.")
def admission() -> None:
    """Let the cluster itself enforce who approves gates.

    Without these policies, whoever may patch workflows may open any gate. With them the API server
    refuses it from any client, in every namespace with the label.
    """


def _made(**given: Any) -> Parameters:
    from argotui.operations.admission.parameters import ApproverSource, Parameters, checked

    return checked(
        Parameters(
            controllers=given["controllers"] or Parameters().controllers,
            source=ApproverSource(given["source"]),
            label=given["label"],
            reporters=given["reporters"],
            name=given["name"],
        )
    )


@admission.command("print", short_help="Print the policies as YAML.")
@_parameters
def print_policies(**given: Any) -> None:
    """Print the policies as YAML, each rule with the bypass it blocks. Asks no cluster."""
    from argotui.operations.admission.manifest import generate, yaml_text

    click.echo(yaml_text(generate(_made(**given))), nl=False)


@admission.command(short_help="Install the policies, and wait until they are in effect.")
@shared
@_parameters
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be created or changed.")
@click.pass_context
def install(context: click.Context, /, yes: bool, dry_run: bool, **given: Any) -> None:
    """Install the policies, and wait until the API server refuses by them.

    Nothing is enforced before a namespace has the label:
    kubectl label namespace NAME argotui.io/gates=enforced
    """
    from argotui.cli.connect import run
    from argotui.operations.admission.manifest import generate

    generated = generate(_made(**given))

    async def put(connection: ClusterConnection) -> int:
        return await _install(connection, generated, yes=yes, dry_run=dry_run)

    context.exit(run(context, put))


async def _install(
    connection: ClusterConnection, generated: Generated, *, yes: bool, dry_run: bool
) -> int:
    from argotui.cli.connect import remark
    from argotui.operations.admission.installing import InstallChange, plan, type_warnings
    from argotui.operations.admission.installing import install as put
    from argotui.operations.admission.parameters import check_apart

    port = connection.backend.admission
    check_apart(generated.parameters, (await port.whoami()).user)
    steps = await plan(port, generated)
    for step in steps:
        click.echo(f"{step.change.value:<7} {step.kind} {step.name}")
    changes = sum(step.change is not InstallChange.KEEP for step in steps)
    if dry_run:
        return 0
    if changes and not yes:
        need_answers()
        confirm("Do this?")
    await put(port, steps)
    for field, warning in (await type_warnings(port, generated, connection.clock)).items():
        remark(f"warning: type checking: {field}: {warning}")
    return await _wait(connection, generated)


async def _wait(connection: ClusterConnection, generated: Generated) -> int:
    from argotui.cli import exits
    from argotui.cli.connect import remark
    from argotui.operations.admission.installing import wait_until_in_effect

    port, label = connection.backend.admission, generated.parameters.label
    namespaces = await port.namespaces(label)
    if not namespaces:
        remark(f"no namespace has the label {label} yet; until one has, nothing is enforced")
        return exits.OK
    missing = await wait_until_in_effect(port, namespaces[0].name, generated, connection.clock)
    for name, why in missing.items():
        remark(f"{name} is not in effect in {namespaces[0].name}: {why}")
    if missing:
        return exits.FAILURE
    click.echo(f"in effect in {', '.join(one.name for one in namespaces)}")
    return exits.OK


@admission.command(short_help="Probe each bypass in a namespace, in dry runs.")
@shared
@click.option("-o", "--output", type=click.Choice(["text", "json"]), default="text")
@click.pass_context
def check(context: click.Context, output: str) -> None:
    """Probe each way to open a gate without its approvers, and print whether it is shut.

    The requests are yours, in the namespace of -n. They are dry runs: they create and change
    nothing. The exit code is 0 only if every bypass that could be probed is shut.
    """
    from argotui.cli import exits
    from argotui.cli.connect import run
    from argotui.operations.admission.checking import check as check_bypasses

    async def ask(connection: ClusterConnection) -> int:
        report = await check_bypasses(connection.backend.admission, connection.home)
        _print_report(report, output)
        return exits.OK if report.sound else exits.FAILURE

    context.exit(run(context, ask))


def _print_report(report: Report, output: str) -> None:
    from argotui.cli.connect import remark
    from argotui.cli.output import (
        Cell,
        TextColumn,
        as_json,
        table,
        terminal,
        write,
    )
    from argotui.operations.admission.checking import BypassState

    if output == "json":
        write([as_json(_report_document(report))])
        return
    roles = {BypassState.SHUT: "succeeded", BypassState.OPEN: "failed", BypassState.UNPROBED: "dim"}
    rows: list[list[Cell | str]] = [
        [
            finding.bypass.title,
            Cell(finding.state.value, roles[finding.state]),
            " ".join(finding.words.split()),
        ]
        for finding in report.findings
    ]
    columns = [TextColumn("BYPASS", least=20), TextColumn("STATE"), TextColumn("WHY", least=20)]
    write(table(columns, rows, terminal()))
    for note in report.notes:
        remark(note)
    counts = ", ".join(f"{report.count(state)} {state.value}" for state in BypassState)
    remark(f"{report.namespace}, tried as {report.user}: {counts}")


def _report_document(report: Report) -> dict[str, Any]:
    import msgspec

    made = report.parameters
    return {
        "namespace": report.namespace,
        "user": report.user,
        "ok": report.sound,
        "parameters": msgspec.to_builtins(made) if made else None,
        "notes": report.notes,
        "bypasses": [
            {
                "id": finding.bypass.id,
                "title": finding.bypass.title,
                "state": finding.state.value,
                "rule": finding.rule,
                "words": finding.words,
            }
            for finding in report.findings
        ],
    }


@admission.command(short_help="Remove the policies.")
@shared
@_NAME
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def uninstall(context: click.Context, name: str, yes: bool) -> None:
    """Remove the policies and bindings of a set, and nothing that does not carry its labels."""
    from argotui.cli.connect import run
    from argotui.operations.admission.parameters import Parameters, checked

    checked(Parameters(name=name))

    async def remove(connection: ClusterConnection) -> int:
        return await _uninstall(connection, name, yes=yes)

    context.exit(run(context, remove))


async def _uninstall(connection: ClusterConnection, name: str, *, yes: bool) -> int:

    from argotui.cli import exits
    from argotui.cli.connect import remark
    from argotui.operations.admission.installing import uninstall as remove

    port = connection.backend.admission
    found = await remove(port, name, dry_run=True)
    if not found:
        remark(f"no policies of a set named {name} are installed")
        return exits.NOT_FOUND
    for one in found:
        click.echo(f"delete  {one}")
    if not yes:
        need_answers()
        confirm("Do this?")
    await remove(port, name)
    return exits.OK
