"""The completion script for zsh."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rocmtui.core.text.completion.commands import Command, Option, Value, any_of


def zsh_script(commands: Sequence[Command], default: str) -> str:
    """Completion for zsh."""
    listed = "\n".join(f"    {_quote(f'{c.name}:{_words(c.help)}')}" for c in commands)
    cases = "\n".join(_command(command) for command in commands)
    return f"""\
#compdef rocmtui
# zsh completion for rocmtui: source <(rocmtui completion zsh)
_rocmtui() {{
  local -a commands=(
{listed}
  )
  local command={default}
  if [[ ${{words[2]}} != -* ]]; then
    if (( CURRENT == 2 )); then
      _describe command commands
      return
    fi
    command=${{words[2]}}
    shift words
    (( CURRENT-- ))
  fi
  case $command in
{cases}
  esac
}}
compdef _rocmtui rocmtui
"""


def _command(command: Command) -> str:
    specs = [_option(option) for option in command.options]
    if command.arguments:
        specs.append(_quote(f"*:argument:{_action(any_of(command.arguments))}"))
    body = " \\\n      ".join(["_arguments -S", *specs])
    return f"    {command.name})\n      {body} ;;"


def _option(option: Option) -> str:
    value = "" if option.value.takes == "nothing" else f":value:{_action(option.value)}"
    described = _quote(f"[{_words(option.help)}]{value}")
    together = " ".join(option.names)
    if len(option.names) == 1:
        return f"{option.names[0]}{described}"
    return f"'({together})'{{{','.join(option.names)}}}{described}"


def _action(value: Value) -> str:
    match value.takes:
        case "words":
            return f"({' '.join(value.words)})"
        case "file":
            return "_files"
        case "folder":
            return "_files -/"
        case "model":
            return '_files -g "*.gguf"'
    return " "


def _words(text: str) -> str:
    return re.sub(r"([\[\]:\\])", r"\\\1", text)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
