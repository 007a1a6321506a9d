"""The command line: what is asked for, and how a failure of it is told.

Nothing is imported before a verb needs it: `--help` and `--version` answer at once.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Sequence

import click

from argotui import __version__
from argotui.cli.options import console_only, shared

VERBS: dict[str, tuple[str, str]] = {
    "list": ("argotui.cli.list_verb:list_workflows", "List workflows."),
    "show": ("argotui.cli.show:show", "Open the console on a workflow."),
    "get": ("argotui.cli.get_verb:get_workflow", "Show a workflow and its nodes."),
    "watch": ("argotui.cli.watch_verb:watch", "Print what changes until a workflow ends."),
    "logs": ("argotui.cli.logs:logs", "Read the logs of a workflow, node or pod."),
    "gates": ("argotui.cli.gates:gates", "List the gates that wait for a person."),
    "approve": ("argotui.cli.decide:approve", "Approve a gate."),
    "deny": ("argotui.cli.decide:deny", "Deny a gate."),
    "lint": ("argotui.cli.lint:lint", "Find the traps in a template's gates."),
    "policy": ("argotui.cli.policy:policy", "Ask and test the policies that judge gates."),
    "audit": ("argotui.cli.audit:audit", "Show, verify and export the decisions made here."),
    "admission": ("argotui.cli.admission:admission", "Have the cluster hold gates to approvers."),
    "doctor": ("argotui.cli.doctor:doctor", "Check whether the console would work here."),
    "demo": ("argotui.cli.demo:demo", "Open the console on a cluster inside argotui."),
    "contexts": ("argotui.cli.contexts:contexts", "List the contexts of the kubeconfig."),
    "config": ("argotui.cli.config:config", "Show, check and write the configuration."),
    "keys": ("argotui.cli.config:keys", "List the keys of the console."),
    "completion": ("argotui.cli.completion:completion", "Print a completion script for a shell."),
    "version": ("argotui.cli.version:version", "Print the versions of argotui and the cluster."),
    "help": ("argotui.cli.help_verb:help_verb", "Say what argotui does, or one of its verbs."),
}
"""Every verb: where it is, and its line in the help, so that the help imports none of them."""

ALIASES = {"ls": "list"}

COMPLETE = "_ARGOTUI_COMPLETE"
"""The variable by which a shell asks what could come next."""

PLUGIN = "kubectl-argotui"


class Verbs(click.Group):
    """A group whose verbs are imported when they are called."""

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
            from argotui.model.nearest import suggest

            raise click.UsageError(
                f"There is no verb {word!r}{suggest(word, [*VERBS, *ALIASES])}", ctx
            )
        return super().resolve_command(ctx, args)


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@shared
@console_only
@click.version_option(__version__, "-V", "--version", message="argotui %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """A terminal console for Argo Workflows.

    Without a verb it opens the console on the cluster of your kubeconfig. The options of the
    cluster may stand before or after the verb.
    """
    if context.invoked_subcommand is None:
        from argotui.cli.console import open_console

        context.exit(open_console(context))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; prints every failure to stderr."""
    from argotui.cli import exits

    encodings = {(stream.encoding or "utf-8").lower() for stream in (sys.stdout, sys.stderr)}
    if not encodings <= {"utf-8", "utf8"}:
        from argotui.cli.output import speak_ascii

        speak_ascii()
    name = os.path.basename(sys.argv[0]).removesuffix(".exe")
    program = "kubectl argotui" if name == PLUGIN else "argotui"
    try:
        code = _run(program, arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would be written, and fail again, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.BROKEN_PIPE
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    return code


def _run(program: str, arguments: Sequence[str] | None) -> int:
    from argotui.cli import exits
    from argotui.errors import BackendError

    try:
        # Not `cli.main`: it would end the process with a code of its own when a pipe breaks.
        if instruction := os.environ.get(COMPLETE):
            from argotui.cli.completion import answer, end

            end(answer(instruction))
        given = sys.argv[1:] if arguments is None else list(arguments)
        with cli.make_context(program, given) as context:
            cli.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.Abort:
        click.echo("argotui: nothing was done", err=True)
        return exits.FAILURE
    except BackendError as error:
        tell(error)
        return exits.code_of(error)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        from argotui.cli.crash import report

        return report(error)
    return exits.OK


def tell(error: BaseException) -> None:
    """Print what happened, the other side's words and what to do to stderr."""
    title = getattr(error, "title", str(error))
    lines = [f"argotui: {title}"]
    lines += [f"  {line}" for line in str(getattr(error, "detail", "")).splitlines()]
    if hint := getattr(error, "hint", ""):
        lines += [f"  {line}" for line in hint.splitlines()]
    print("\n".join(lines), file=sys.stderr)
