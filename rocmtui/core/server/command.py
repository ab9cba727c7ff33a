"""The command line for a plan, in the spelling of the build that is to run it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from rocmtui.core.server.build import ServerBuild
from rocmtui.core.server.found import SECRET_OPTIONS
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.text.sizes import counted, slots_text
from rocmtui.errors import UsageError

DEFAULT_CTX = 4096
"""Context of a slot when none is asked for, unless the model's own is shorter."""
ALL_LAYERS = "999"
"""For builds that offload nothing unless told."""

_THREADS = {"-t", "--threads", "-C", "--cpu-mask", "-Cr", "--cpu-range"}
_BATCH_THREADS = {"-tb", "--threads-batch"}
_OURS_ALONE = {"-m": "-m", "--model": "-m", "--host": "--host", "--port": "--port"}


class Arguments(msgspec.Struct, frozen=True):
    """What follows the binary, and what to tell the user about it."""

    words: tuple[str, ...]
    notes: tuple[str, ...]


class _Option(msgspec.Struct, frozen=True):
    names: tuple[str, ...]
    """Spellings, best first."""
    value: str | None = None
    asked: bool = False
    """The user asked for it, so that a build without it must refuse."""
    always: bool = False
    """Every build has it."""


def server_arguments(
    plan: LaunchPlan,
    build: ServerBuild,
    *,
    port: int,
    ctx_per_slot: int,
    gpu_arguments: tuple[str, ...] = (),
    gpu_expected: bool = False,
    threads: int | None = None,
) -> Arguments:
    """The arguments of llama-server. Raises UsageError for what this build cannot do.

    `threads`: the whole CPUs it may use, where the machine has more; the user's own -t stands.

    Options of ours that the user also gives in `plan.extra_args` are left to the user.
    """
    given = _names(plan.extra_args)
    _refuse_ours(given)
    refuse_keys(plan.extra_args)
    words: list[str] = []
    notes: list[str] = []
    for option in _options(plan, build, port, ctx_per_slot, gpu_expected=gpu_expected):
        if not any(build.same(name, theirs) for name in option.names for theirs in given):
            words += _spelled(option, build)
    if threads is not None and not _THREADS & given:
        words += ["-t", str(threads)]
        words += [] if _BATCH_THREADS & given else ["-tb", str(threads)]
        notes.append(f"-t {threads}: quota or affinity leave the server {counted(threads, 'core')}")
    if not {"-c", "--ctx-size", "-np", "--parallel"} & given:
        context = f"{slots_text(plan.parallel)} x {ctx_per_slot} tokens of context"
        notes.append(f"{context}: -c {plan.parallel * ctx_per_slot}")
    return Arguments((*words, *gpu_arguments, *plan.extra_args), tuple(notes))


def _refuse_ours(given: set[str]) -> None:
    for name in given & _OURS_ALONE.keys():
        raise UsageError(
            f"{name} after `--` would go behind rocmtui's back", f"give {_OURS_ALONE[name]} before the `--`"
        )


def _spelled(option: _Option, build: ServerBuild) -> tuple[str, ...]:
    """Its words, by the first name that the build knows; none where it knows none."""
    name = next((name for name in option.names if option.always or build.has(name)), None)
    if name is not None:
        return (name,) if option.value is None else (name, option.value)
    if option.asked:
        raise UsageError(
            f"this llama-server ({build.version or 'version unknown'}) has no {option.names[0]}",
            "leave it out, or use a newer build with --server-bin",
        )
    return ()


def refuse_keys(words: Sequence[str]) -> None:
    """Raises UsageError for a key among words for llama-server."""
    names = {word.partition("=")[0] for word in words}
    if names & {"--api-key", "--api-key-file"}:
        raise UsageError(
            "a key after `--` would be seen by everyone, but not by rocmtui",
            "put it into a variable and name that with --api-key-env",
        )
    if names.intersection(SECRET_OPTIONS):
        raise UsageError(
            "a token after `--` would be seen by everyone", "put it into the variable HF_TOKEN instead"
        )


def default_ctx(trained: int | None) -> int:
    """Context of a slot when none is asked for, of a model trained with so much."""
    return min(trained or DEFAULT_CTX, DEFAULT_CTX)


def _options(
    plan: LaunchPlan, build: ServerBuild, port: int, ctx_per_slot: int, *, gpu_expected: bool
) -> Iterator[_Option]:
    yield _Option(("-m",), plan.model, always=True)
    yield _Option(("--host",), plan.host, always=True)
    yield _Option(("--port",), str(port), always=True)
    yield _Option(("-np", "--parallel"), str(plan.parallel), always=True)
    yield _Option(("-c", "--ctx-size"), str(plan.parallel * ctx_per_slot), always=True)
    yield _Option(("--metrics",))
    yield _Option(("--slots",))
    yield _Option(("--no-ui", "--no-webui"))
    if build.trace_verbosity:
        yield _Option(("-lv", "--verbosity"), "4")
    yield _Option(("--sse-ping-interval",), "2")  # how long open streams hold up a stop
    if plan.flash_attn is not None and build.flash_attn_takes_value:
        yield _Option(("-fa",), plan.flash_attn, asked=True, always=not build.options)
    elif plan.flash_attn == "on":
        yield _Option(("-fa",), asked=True)
    if not gpu_expected:
        yield _Option(("-fit",), "off")  # fitting reads the header twice, for a GPU's memory
    asked = {
        "-ctk": plan.cache_type_k,
        "-ctv": plan.cache_type_v,
        "--alias": plan.alias,
        "-ngl": plan.gpu_layers,
    }
    for name, value in asked.items():
        if value is not None:
            yield _Option((name,), value, asked=True, always=not build.options)
    if gpu_expected and plan.gpu_layers is None and build.options and not build.fits_itself:
        yield _Option(("-ngl",), ALL_LAYERS)


def _names(words: tuple[str, ...]) -> set[str]:
    return {word for word in words if word.startswith("-") and not word.lstrip("-")[:1].isdigit()}
