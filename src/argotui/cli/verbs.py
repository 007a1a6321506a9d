"""Every verb of the command line, and the group that imports one when it is called."""

from __future__ import annotations

import importlib

import click

VERBS: dict[str, tuple[str, str]] = {
    "list": ("argotui.cli.list_verb:list_workflows", "List workflows."),
    "show": ("argotui.cli.show:show", "Open the console on a workflow."),
    "get": ("argotui.cli.get_verb:get_workflow", "Show a workflow and its nodes."),
    "watch": ("argotui.cli.watch_verb:watch", "Print what changes until a workflow ends."),
    "logs": ("argotui.cli.logs:logs", "Read the logs of a workflow, node or pod."),
    "submit": (
        "argotui.cli.submit:submit",
        "Submit workflows from files, templates or CronWorkflows.",
    ),
    "wait": ("argotui.cli.wait_verb:wait", "Wait until workflows have ended."),
    "template": ("argotui.cli.templates:template", "Manage WorkflowTemplates."),
    "cluster-template": (
        "argotui.cli.templates:cluster_template",
        "Manage ClusterWorkflowTemplates.",
    ),
    "gates": ("argotui.cli.gates:gates", "List the gates that wait for a person."),
    "approve": ("argotui.cli.decide:approve", "Approve a gate."),
    "deny": ("argotui.cli.decide:deny", "Deny a gate."),
    "stop": ("argotui.cli.operations:stop", "Stop workflows; their exit handlers run."),
    "terminate": (
        "argotui.cli.operations:terminate",
        "End workflows at once, without exit handlers.",
    ),
    "suspend": ("argotui.cli.operations:suspend", "Let workflows start no further step."),
    "resume": ("argotui.cli.operations:resume", "Let suspended workflows go on."),
    "retry": ("argotui.cli.rerun:retry", "Run again what failed in workflows."),
    "resubmit": ("argotui.cli.rerun:resubmit", "Start new workflows like earlier ones."),
    "delete": ("argotui.cli.operations:delete", "Delete workflows."),
    "label": ("argotui.cli.editing:label", "Set or remove labels of workflows."),
    "annotate": ("argotui.cli.editing:annotate", "Set or remove annotations of workflows."),
    "priority": ("argotui.cli.editing:priority", "Set the priority of workflows that wait."),
    "archive": ("argotui.cli.archive:archive", "List, read and bring back archived workflows."),
    "cron": ("argotui.cli.cron:cron", "Work with CronWorkflows and their schedules."),
    "lint": ("argotui.cli.lint:lint", "Find mistakes and traps in manifests."),
    "policy": ("argotui.cli.policy:policy", "Ask and test the policies that judge gates."),
    "audit": ("argotui.cli.audit:audit", "Show, verify and export the decisions made here."),
    "admission": ("argotui.cli.admission:admission", "Let the cluster enforce who approves."),
    "doctor": ("argotui.cli.doctor:doctor", "Check whether the console would work here."),
    "demo": ("argotui.cli.demo:demo", "Open the console on a cluster inside argotui."),
    "contexts": ("argotui.cli.contexts:contexts", "List the contexts of the kubeconfig."),
    "config": ("argotui.cli.config:config", "Show, check and write the configuration."),
    "keys": ("argotui.cli.config:keys", "List the keys of the console."),
    "completion": ("argotui.cli.completion:completion", "Print a completion script for a shell."),
    "version": ("argotui.cli.version:version", "Print the versions of argotui and the cluster."),
    "help": (
        "argotui.cli.help_verb:help_verb",
        "Show the help of argotui, or of one of its verbs.",
    ),
}
"""Every verb with its module and its line in the help, so that the help imports no verb."""

ALIASES = {"ls": "list"}

COMPLETE = "_ARGOTUI_COMPLETE"
"""The variable by which a shell asks what could come next."""

PLUGIN = "kubectl-argotui"


class Verbs(click.Group):
    """A group that imports a verb when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in VERBS:
            return None
        module, _, attribute = VERBS[name][0].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Verbs"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if word not in VERBS and word not in ALIASES and not word.startswith("-"):
            from argotui.cli.from_argo import instead_of
            from argotui.model.nearest import suggest

            if instead := instead_of(word):
                raise click.UsageError(f"argotui has no verb {word!r}: {instead}", ctx)
            raise click.UsageError(
                f"There is no verb {word!r}{suggest(word, [*VERBS, *ALIASES])}", ctx
            )
        return super().resolve_command(ctx, args)
