"""One option of llama-server: its spelling in --help and how its text becomes a value."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import dataclass

LOG_JSONL = "(log-jsonl)"
ACTION = "(action)"
"""One of `help`, `version`, `list-devices`."""

CACHE_TYPES = ("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1")
LOAD_MODES = {
    "auto": "AUTO",
    "none": "NONE",
    "mmap": "MMAP",
    "mlock": "MLOCK",
    "mmap+mlock": "MMAP_MLOCK",
    "dio": "DIRECT_IO",
}


@dataclass(frozen=True)
class EnumName:
    """A member of one of xllamacpp's enumerations, by name, so that parsing needs no import of it."""

    enum: str
    member: str


@dataclass(frozen=True)
class Flag:
    """One option. `parse` turns its text into a value; a switch has no `hint` and stores True or False."""

    names: tuple[str, ...]
    attribute: str
    help: str
    hint: str = ""
    env: str = ""
    parse: Callable[[str], object] = str
    negative: tuple[str, ...] = ()
    value: object = True
    """What a switch stores."""

    def usage(self) -> str:
        """Its lines in --help: names in the first 40 columns, help text wrapped at 70 after them."""
        names = list(self.names + self.negative)
        if len(names) > 1:
            names[0] = f"{names[0]},".ljust(6)
        head = names[0] + (" " if len(names) > 1 else "") + ", ".join(names[1:])
        head += f" {self.hint}" if self.hint else ""
        lines = [part for line in self.help.split("\n") for part in textwrap.wrap(line, 70)]
        if self.env:
            lines.append(f"(env: {self.env})")
        first = f"{head}\n{'':40}" if len(head) > 37 else head.ljust(40)
        return first + f"\n{'':40}".join(lines) + "\n"


def integer(text: str) -> int:
    """A whole number that fits into 32 bits."""
    try:
        value = int(text)
    except ValueError:
        raise ValueError("stoi") from None
    if not -(1 << 31) <= value < 1 << 31:
        raise ValueError("stoi")
    return value


def seed(text: str) -> int:
    """A whole number without a sign, or -1."""
    try:
        value = int(text)
    except ValueError:
        raise ValueError("stoul") from None
    return value & 0xFFFFFFFF


def number(text: str) -> float:
    """A decimal number."""
    try:
        return float(text)
    except ValueError:
        raise ValueError("stof") from None


def slots(text: str) -> int:
    """The number of slots; 0 is refused, -1 chooses."""
    if (count := integer(text)) == 0:
        raise ValueError("error: invalid value for n_parallel\n")
    return count


def gpu_layers(text: str) -> int:
    """`auto`, `all` or a number of layers."""
    return {"auto": -1, "all": -2}.get(text) or integer(text)


def on_off(flag: str) -> Callable[[str], bool]:
    """A parser of `on` and `off`."""

    def parse(text: str) -> bool:
        if text in ("on", "enabled", "true", "1"):
            return True
        if text in ("off", "disabled", "false", "0"):
            return False
        raise ValueError(f"error: unknown value for {flag}: '{text}'\n")

    return parse


def flash_attention(text: str) -> EnumName:
    """`on`, `off` or `auto`."""
    if text in ("auto", "-1"):
        return EnumName("llama_flash_attn_type", "LLAMA_FLASH_ATTN_TYPE_AUTO")
    enabled = on_off("--flash-attn")(text)
    return EnumName("llama_flash_attn_type", f"LLAMA_FLASH_ATTN_TYPE_{'ENABLED' if enabled else 'DISABLED'}")


def cache_type(text: str) -> EnumName:
    """The type of a KV cache."""
    if text not in CACHE_TYPES:
        raise ValueError(f"Unsupported cache type: {text}")
    return EnumName("ggml_type", f"GGML_TYPE_{text.upper()}")


def load_mode(text: str) -> EnumName:
    """How the file is read."""
    if text not in LOAD_MODES:
        raise ValueError(f"unknown load mode: '{text}'")
    return EnumName("llama_load_mode", f"LLAMA_LOAD_MODE_{LOAD_MODES[text]}")


def comma_list(text: str) -> list[str]:
    """Names divided by commas."""
    return [part for part in text.split(",") if part]
