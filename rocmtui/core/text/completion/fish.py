"""The completion script for fish."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.text.completion.commands import Command, Option, Value, any_of


def fish_script(commands: Sequence[Command], default: str) -> str:
    """Completion for fish."""
    names = " ".join(command.name for command in commands)
    lines = [
        "# fish completion for rocmtui: rocmtui completion fish | source",
        "function __rocmtui_command",
        "  set -l words (commandline -opc)",
        "  contains -- -- $words; and return 1",
        f"  set -l command {default}",
        f'  contains -- "$words[2]" {names}; and set command $words[2]',
        "  test $command = $argv[1]",
        "end",
        "complete -c rocmtui -f",
        *(
            f"complete -c rocmtui -n '__fish_is_first_token' -a {command.name} -d {_quote(command.help)}"
            for command in commands
        ),
    ]
    for command in commands:
        of_command = f"complete -c rocmtui -n '__rocmtui_command {command.name}'"
        lines += [f"{of_command} {_option(option)}" for option in command.options]
        if command.arguments:
            lines.append(f"{of_command} {_value(any_of(command.arguments))}")
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _option(option: Option) -> str:
    parts = [_name(name) for name in option.names]
    if option.value.takes != "nothing":
        parts += ["-r" if option.value.takes == "file" else "-x", _value(option.value)]
    return " ".join(part for part in (*parts, "-d", _quote(option.help)) if part)


def _name(name: str) -> str:
    """`--long`, `-s`, or `-old` as llama-server spells some."""
    if name.startswith("--"):
        return f"-l {name[2:]}"
    return f"-s {name[1:]}" if len(name) == 2 else f"-o {name[1:]}"


def _value(value: Value) -> str:
    match value.takes:
        case "words":
            return f"-a {_quote(' '.join(value.words))}"
        case "file":
            return "-F"  # fish's own files, which `-f` above keeps out elsewhere
        case "folder":
            return "-a '(__fish_complete_directories)'"
        case "model":
            return "-a '(__fish_complete_suffix .gguf)'"
    return ""


def _quote(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
