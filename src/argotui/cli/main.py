"""The command line: its root command, and how failures are printed.

Modules are imported only when a verb needs them, so `--help` and `--version` answer at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import click

from argotui import __version__
from argotui.cli.options import console_only, shared
from argotui.cli.verbs import COMPLETE, PLUGIN, Verbs


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

    Without a verb it opens the console on the cluster of your kubeconfig. Put the options of the
    cluster before or after the verb.
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
        # Not `cli.main`: it would end the process with its own code when a pipe breaks.
        if instruction := os.environ.get(COMPLETE):
            from argotui.cli.completion import answer, end

            end(answer(cli, instruction))
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
    """Print to stderr what happened, the server's words and what to do."""
    title = getattr(error, "title", str(error))
    lines = [f"argotui: {title}"]
    lines += [f"  {line}" for line in str(getattr(error, "detail", "")).splitlines()]
    if hint := getattr(error, "hint", ""):
        lines += [f"  {line}" for line in hint.splitlines()]
    print("\n".join(lines), file=sys.stderr)
