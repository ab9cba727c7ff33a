"""Runs llama-bench with a bench's settings, to set its figures beside those through the server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Sequence

import msgspec

from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

_PASSED = ("-b", "--batch-size", "-ub", "--ubatch-size", "-t", "--threads", "-ctk", "-ctv")
"""Flags llama-bench and llama-server spell alike."""
_SWITCH = {"on": "1", "off": "0"}


class LlamaBenchResult(msgspec.Struct, frozen=True, kw_only=True):
    """One line of llama-bench."""

    n_prompt: int = 0
    n_gen: int = 0
    n_depth: int = 0
    avg_ts: float = 0.0
    stddev_ts: float = 0.0

    @property
    def name(self) -> str:
        """`pp512`, `tg128` or `tg128 @ d4096`."""
        bare = f"pp{self.n_prompt}" if self.n_gen == 0 else f"tg{self.n_gen}"
        return f"{bare} @ d{self.n_depth}" if self.n_depth else bare


def llama_bench_command(
    binary: str,
    plan: LaunchPlan,
    *,
    prompts: Sequence[int],
    outputs: Sequence[int],
    repeats: int,
    depths: Sequence[int] = (),
) -> list[str]:
    """The command line: same model, layers, flash attention, cache types and batch sizes."""
    words = [binary, "-m", plan.model, "-o", "json", "-r", str(repeats)]
    words += ["-p", ",".join(map(str, prompts)) or "0", "-n", ",".join(map(str, outputs)) or "0"]
    words += ["-d", ",".join(map(str, depths))] if any(depths) else []
    settings = {
        "-ngl": plan.gpu_layers if (plan.gpu_layers or "").isdigit() else None,
        "-fa": _SWITCH.get(plan.flash_attn or ""),
        "-ctk": plan.cache_type_k,
        "-ctv": plan.cache_type_v,
    }
    for flag, value in settings.items():
        words += [flag, value] if value is not None else []
    extra = iter(plan.extra_args)
    for word in extra:
        if word in _PASSED:
            words += [word, next(extra, "")]
    return words


async def run_llama_bench(command: Sequence[str]) -> list[LlamaBenchResult]:
    """Its results. Raises UsageError when it cannot be run or says something else; killed when cancelled."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise UsageError(f"cannot run {command[0]}: {error.strerror}", "is it llama-bench?") from error
    try:
        out, err = await process.communicate()
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    if process.returncode:
        last = clean_line((err.decode("utf-8", "replace").strip().splitlines() or [""])[-1], 200)
        raise UsageError(f"llama-bench ended with {process.returncode}: {last}")
    try:
        return msgspec.convert(json.loads(out), list[LlamaBenchResult])
    except (ValueError, msgspec.ValidationError) as error:
        raise UsageError(f"llama-bench did not answer in JSON: {error}", "is it llama-bench?") from error
