"""`completion`: the scripts that complete argotui's command line in a shell, and their answers."""

from __future__ import annotations

import os
import sys

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
    split_arg_string,
)

from argotui.cli.verbs import COMPLETE, PLUGIN

# bash breaks a line into words at `:` and `=` too. So the script reads the word from the line, and
# removes the part before the last break, which is on the line already.
_BASH = """\
%(complete_func)s() {
    local word type value
    word="${COMP_LINE:0:COMP_POINT}"
    word="${word##*[[:space:]]}"
    [[ $word == --*=* ]] && word="${word#*=}"
    [[ $word == *:* && $COMP_WORDBREAKS == *:* ]] && word="${word%%"${word##*:}"}" || word=""
    COMPREPLY=()
    while IFS=, read -r type value; do
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("${value#"$word"}") ;;
        esac
    done < <(COMP_TEXT="${COMP_LINE:0:COMP_POINT}" %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

_ZSH = """\
#compdef %(prog_name)s
%(complete_func)s() {
    local -a plain described answer
    local type key note
    answer=("${(@f)$(COMP_WORDS="${words[*]}" COMP_CWORD=$((CURRENT-1)) \\
        %(complete_var)s=zsh_complete "${words[1]}" 2>/dev/null)}")
    for type key note in ${answer}; do
        case $type in
            dir) _path_files -/ ;;
            file) _path_files -f ;;
            plain) [[ $note == _ ]] && plain+=("$key") || described+=("$key:$note") ;;
        esac
    done
    [[ -n $described ]] && _describe -V unsorted described -U
    [[ -n $plain ]] && compadd -U -V unsorted -a plain
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    %(complete_func)s "$@"
else
    compdef %(complete_func)s %(prog_name)s
fi
"""

_FISH = """\
function %(complete_func)s
    set -l answer (env %(complete_var)s=fish_complete COMP_WORDS=(commandline -cp) \\
        COMP_CWORD=(commandline -t) (commandline -cpo)[1] 2>/dev/null)
    for line in $answer
        set -l part (string split -m 1 "," -- $line)
        switch $part[1]
            case dir
                __fish_complete_directories $part[2]
            case file
                __fish_complete_path $part[2]
            case plain
                echo $part[2]
        end
    end
end
for name in %(prog_name)s
    complete --no-files --command $name --arguments "(%(complete_func)s)"
end
"""


class _Bash(BashComplete):
    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        text = os.environ.get("COMP_TEXT")
        if text is None:
            return super().get_completion_args()  # a script of before
        words = split_arg_string(text)
        incomplete = words.pop() if words and not text[-1].isspace() else ""
        return words[1:], incomplete


class _Zsh(ZshComplete):
    source_template = _ZSH


class _Fish(FishComplete):
    source_template = _FISH


SHELLS: dict[str, type[ShellComplete]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}


@click.command(short_help="Print a completion script for a shell.")
@click.argument("shell", type=click.Choice(list(SHELLS)))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print a completion script for a shell; it completes `kubectl-argotui` too.

    \b
    bash:  source <(argotui completion bash)
    zsh:   source <(argotui completion zsh)
    fish:  argotui completion fish | source

    `kubectl argotui` is completed by kubectl's own script, which asks `kubectl_complete-argotui`.
    """
    # click asks the shell for its version before it writes bash's script; the script itself needs
    # no such check where it is only printed.
    maker = SHELLS[shell](context.find_root().command, {}, "argotui", COMPLETE)
    names = {"prog_name": f"argotui {PLUGIN}"}
    click.echo(maker.source_template % (maker.source_vars() | names))


def answer(cli: click.Command, instruction: str) -> int:
    """Print what could come next, as a completion script asks for it, and return an exit code."""
    from click.shell_completion import shell_complete

    for kind in SHELLS.values():
        add_completion_class(kind)
    with _silenced():
        return shell_complete(cli, {}, "argotui", COMPLETE, instruction)


def answer_kubectl(cli: click.Command) -> int:
    """Print what could come next, as kubectl asks `kubectl_complete-argotui` for it.

    The arguments are the words so far; the last one is the one to complete. The answer is one word
    a line with a note after a tab, and at the end a directive of cobra: 4 completes no files, 0
    does
    (`kubectl/pkg/cmd/plugin/plugin_completion.go`, `cobra/completions.go`).
    """
    words = sys.argv[1:] or [""]
    with _silenced():
        maker = ShellComplete(cli, {}, "kubectl argotui", COMPLETE)
        found: list[CompletionItem] = maker.get_completions(words[:-1], words[-1])
    files = any(item.type != "plain" for item in found)
    for item in found:
        if item.type == "plain":
            print(f"{item.value}\t{item.help}" if item.help else item.value)
    print(":0" if files else ":4")
    return 0


def end(code: int) -> None:
    """End the process now: a thread that still asks a cluster is not waited for."""
    sys.stdout.flush()
    os._exit(code)


class _silenced:
    """Keep errors from the shell, and the terminal from a plugin that would ask a question."""

    def __enter__(self) -> None:
        nothing = os.open(os.devnull, os.O_RDWR)
        os.dup2(nothing, 0)
        os.dup2(nothing, 2)

    def __exit__(self, *_: object) -> None:
        """Nothing is undone: the process ends."""
