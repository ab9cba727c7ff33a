"""The command line of llama-server, as far as xllamacpp's CommonParams can follow it.

Spellings, environment names, error texts and the layout of --help are llama-server's, so that whatever probes
or drives the real binary can probe and drive this one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rocmtui.embedded.llama.options import FLAGS, Flag
from rocmtui.embedded.llama.values import on_off

Values = dict[str, object]
"""Attribute path in CommonParams (`model.path`) to its value, plus ACTION and LOG_JSONL."""

DEFAULTS: Mapping[str, object] = {"port": 8080, "n_parallel": -1}
"""Where a llama-server without options differs from bare CommonParams."""


class FlagError(Exception):
    """The command line is wrong; the text is what llama-server prints."""


@dataclass
class CommandLine:
    """A parsed command line: what to set, and the warnings to print."""

    values: Values = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def parse_command_line(arguments: Sequence[str], environment: Mapping[str, str]) -> CommandLine:
    """Options from the environment, then from the arguments, which win. Raises FlagError."""
    line = CommandLine(dict(DEFAULTS))
    for flag in FLAGS:
        if flag.env in environment:
            _from_environment(flag, environment[flag.env], line.values)
    by_name = {name: flag for flag in FLAGS for name in flag.names + flag.negative}
    words = iter(arguments)
    for word in words:
        name = word.replace("_", "-") if word.startswith("--") else word
        flag_or_none = by_name.get(name)
        if flag_or_none is None:
            raise FlagError(f"error: invalid argument: {name}")
        if flag_or_none.env in environment:
            line.warnings.append(
                f"warn: {flag_or_none.env} environment variable is set, "
                f"but will be overwritten by command line argument {name}"
            )
        _from_word(flag_or_none, name, next(words, None) if flag_or_none.parse else "", line.values)
    return line


def _from_environment(flag: Flag, text: str, values: Values) -> None:
    try:
        values[flag.attribute] = flag.parse(text) if flag.parse else on_off(flag.names[-1])(text)
    except ValueError as error:
        raise FlagError(f'error while handling environment variable "{flag.env}": {error}\n\n') from None


def _from_word(flag: Flag, name: str, text: str | None, values: Values) -> None:
    if flag.parse is None:
        values[flag.attribute] = flag.value if name in flag.names else False
        return
    try:
        if text is None:
            raise ValueError("expected value for argument")
        values[flag.attribute] = flag.parse(text)
    except ValueError as error:
        raise FlagError(
            f'error while handling argument "{name}": {error}\n\n'
            f"usage:\n{flag.usage}\n\nto show complete usage, run with -h"
        ) from None
