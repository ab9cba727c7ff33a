"""The completion script for bash."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rocmtui.core.text.completion.commands import Command, Value, any_of

FILE_NAMES = "compopt -o filenames 2>/dev/null; "


def bash_script(commands: Sequence[Command], default: str) -> str:
    """Completion for bash; `default` is the command meant where none is named."""
    names = " ".join(command.name for command in commands)
    values = "\n".join(line for command in commands for line in _values(command))
    options = "\n".join(f'    {command.name}) words="{" ".join(_names(command))}" ;;' for command in commands)
    arguments = "\n".join(
        f"    {command.name}) {_reply(any_of(command.arguments))} ;;"
        for command in commands
        if command.arguments
    )
    return f"""\
# bash completion for rocmtui: eval "$(rocmtui completion bash)"
_rocmtui() {{
  local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} command={default} words= i
  for ((i = 1; i < COMP_CWORD; i++)); do [[ ${{COMP_WORDS[i]}} == -- ]] && return; done
  [[ $COMP_CWORD -gt 1 && ${{COMP_WORDS[1]}} != -* ]] && command=${{COMP_WORDS[1]}}
  COMPREPLY=()
  case "$command $prev" in
{values}
  esac
  case $command in
{options}
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
    return
  fi
  if [[ $COMP_CWORD -eq 1 ]]; then
    mapfile -t COMPREPLY < <(compgen -W "{names}" -- "$cur")
    return
  fi
  case $command in
{arguments}
  esac
}}
complete -F _rocmtui rocmtui
"""


def _names(command: Command) -> list[str]:
    return [name for option in command.options for name in option.names]


def _values(command: Command) -> Iterator[str]:
    for option in command.options:
        if option.value.takes != "nothing":
            pattern = "|".join(f'"{command.name} {name}"' for name in option.names)
            yield f"    {pattern}) {_reply(option.value)}; return ;;"


def _reply(value: Value) -> str:
    match value.takes:
        case "words":
            return _fill(f'compgen -W "{" ".join(value.words)}" -- "$cur"')
        case "file":
            return FILE_NAMES + _fill('compgen -f -- "$cur"')
        case "folder":
            return FILE_NAMES + _fill('compgen -d -- "$cur"')
        case "model":
            return FILE_NAMES + _fill('compgen -d -- "$cur"; compgen -f -X "!*.gguf" -- "$cur"')
    return ":"


def _fill(commands: str) -> str:
    return f"mapfile -t COMPREPLY < <({commands})"
