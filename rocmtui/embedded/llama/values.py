"""How the text of a llama-server option becomes a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")

CACHE_TYPES = ("f32", "f16", "bf16", "q8_0", "q4_0", "q4_1", "iq4_nl", "q5_0", "q5_1")
LOAD_MODES = ("auto", "none", "mmap", "mlock", "mmap+mlock", "dio")


@dataclass(frozen=True)
class EnumName:
    """A member of one of xllamacpp's enumerations, by name, so that parsing needs no import of it."""

    enum: str
    member: str


def _converted(convert: Callable[[str], T], text: str, library_call: str) -> T:
    """Refuses as C++ does, with nothing but the name of its function."""
    try:
        return convert(text)
    except ValueError:
        raise ValueError(library_call) from None


def integer(text: str) -> int:
    """A whole number that fits into 32 bits."""
    value = _converted(int, text, "stoi")
    if not -(1 << 31) <= value < 1 << 31:
        raise ValueError("stoi")
    return value


def seed(text: str) -> int:
    """A whole number without a sign, or -1."""
    return _converted(int, text, "stoul") & 0xFFFFFFFF


def number(text: str) -> float:
    """A decimal number."""
    return _converted(float, text, "stof")


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
    member = "DIRECT_IO" if text == "dio" else text.upper().replace("+", "_")
    return EnumName("llama_load_mode", f"LLAMA_LOAD_MODE_{member}")


def comma_list(text: str) -> list[str]:
    """Names divided by commas."""
    return [part for part in text.split(",") if part]
