"""The options of llama-server that CommonParams can follow, read from the text of --help itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rocmtui.embedded.llama import values

LOG_JSONL = "(log-jsonl)"
ACTION = "(action)"
"""One of `help`, `version`, `list-devices`."""

HELP = Path(__file__).with_name("help.txt").read_text(encoding="utf-8")
"""What --help prints, in llama-server's layout."""

_ENTRY = re.compile(r"^-(?!----).*\n(?: .*\n)*", re.M)
"""An option: its names and the lines indented below them."""
_NAMES = re.compile(r"(?:-[\w-]+,?\s+)+")
_ENV = re.compile(r"\(env: (\w+)\)")

TARGETS: dict[str, tuple[str, Callable[[str], object] | str | bool]] = {
    "--help": (ACTION, "help"),
    "--version": (ACTION, "version"),
    "--list-devices": (ACTION, "list-devices"),
    "--threads": ("cpuparams.n_threads", values.integer),
    "--threads-batch": ("cpuparams_batch.n_threads", values.integer),
    "--ctx-size": ("n_ctx", values.integer),
    "--batch-size": ("n_batch", values.integer),
    "--ubatch-size": ("n_ubatch", values.integer),
    "--swa-full": ("swa_full", True),
    "--flash-attn": ("flash_attn_type", values.flash_attention),
    "--cache-type-k": ("cache_type_k", values.cache_type),
    "--cache-type-v": ("cache_type_v", values.cache_type),
    "--kv-unified": ("kv_unified", True),
    "--load-mode": ("load_mode", values.load_mode),
    "--gpu-layers": ("n_gpu_layers", values.gpu_layers),
    "--fit": ("fit_params", values.on_off("--fit")),
    "--model": ("model.path", str),
    "--log-jsonl": (LOG_JSONL, True),
    "--verbosity": ("verbosity", values.integer),
    "--seed": ("sampling.seed", values.seed),
    "--temp": ("sampling.temp", values.number),
    "--ignore-eos": ("sampling.ignore_eos", True),
    "--ctx-checkpoints": ("n_ctx_checkpoints", values.integer),
    "--cache-ram": ("cache_ram_mib", values.integer),
    "--kv-unified-per-slot": ("kv_unified_per_slot", values.integer),
    "--context-shift": ("ctx_shift", True),
    "--warmup": ("warmup", True),
    "--parallel": ("n_parallel", values.slots),
    "--cont-batching": ("cont_batching", True),
    "--alias": ("model_alias", values.comma_list),
    "--host": ("hostnames", values.comma_list),
    "--port": ("port", values.integer),
    "--ui": ("ui", True),
    "--api-key": ("api_keys", values.comma_list),
    "--timeout": ("timeout_read", values.integer),
    "--sse-ping-interval": ("sse_ping_interval", values.integer),
    "--threads-http": ("n_threads_http", values.integer),
    "--cache-prompt": ("cache_prompt", True),
    "--cache-reuse": ("n_cache_reuse", values.integer),
    "--metrics": ("endpoint_metrics", True),
    "--props": ("endpoint_props", True),
    "--slots": ("endpoint_slots", True),
    "--slot-save-path": ("slot_save_path", str),
    "--jinja": ("use_jinja", True),
    "--chat-template": ("chat_template", str),
    "--slot-prompt-similarity": ("slot_prompt_similarity", values.number),
    "--sleep-idle-seconds": ("sleep_idle_seconds", values.integer),
}
"""The attribute of CommonParams an option sets, with how its text is read or what a switch stores."""


@dataclass(frozen=True)
class Flag:
    """One option."""

    names: tuple[str, ...]
    negative: tuple[str, ...]
    """Names that switch it off."""
    env: str
    attribute: str
    parse: Callable[[str], object] | None
    """Turns its text into a value; None for a switch, which stores `value` or False."""
    value: object
    usage: str
    """Its lines in --help."""


def _flag(usage: str) -> Flag:
    found = _NAMES.match(usage)
    names = found[0].replace(",", " ").split() if found else []
    env = _ENV.search(usage)
    attribute, target = next(TARGETS[name] for name in names if name in TARGETS)
    return Flag(
        names=tuple(name for name in names if not name.lstrip("-").startswith("no")),
        negative=tuple(name for name in names if name.lstrip("-").startswith("no")),
        env=env[1] if env else "",
        attribute=attribute,
        parse=target if callable(target) else None,
        value=target,
        usage=usage,
    )


FLAGS = tuple(_flag(usage) for usage in _ENTRY.findall(HELP))
