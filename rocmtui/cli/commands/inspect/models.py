"""`rocmtui models`: the GGUF models found on this machine, and how many slots of each fit the GPU."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rocmtui.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from rocmtui.adapters.models.search import ModelSearch
    from rocmtui.core.gguf.fit import ModelFit
    from rocmtui.core.gguf.split import Rooms
    from rocmtui.core.gpu.reading import GpuReading
    from rocmtui.core.limits.forecast import Expected, Speeds

SCHEMA = "rocmtui.models/1"
_FIT_OPTIONS = (
    *("parallel", "ctx_size", "ctx_per_slot", "cache_type_k", "cache_type_v", "flash_attn", "ubatch_size"),
    *("gpu", "vram", "split_mode", "tensor_split", "server_bin"),
)
"""Options that imply --fit."""
USAGE = "rocmtui models [DIR ...] [OPTIONS]"
DESCRIPTION = "List the GGUF models of this machine, and what of them fits its GPU."
EXAMPLES = """\
  rocmtui models                       everything in the usual places
  rocmtui models ~/gguf                in a folder of yours as well
  rocmtui models --fit                 slots of each that fit, by context
  rocmtui models --ctx-per-slot 8192 -ctk q8_0 -ctv q8_0
  rocmtui models -np 4 -c 32768        does this fit, in words of llama-server
  rocmtui models --fit --gpu 0,1       shared out over two cards, as -sm layer
  rocmtui models --fit --vram 24GiB    on a machine without that GPU"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui models`."""
    parser.add_argument(
        "dirs",
        nargs="*",
        metavar="DIR",
        help="folders or files to look in as well (for good: model_dirs in config.toml)",
    )
    parser.add_argument("--json", action="store_true", help="print everything known as JSON")
    fit = parser.add_argument_group("does it fit", "each of these implies --fit")
    fit.add_argument("--fit", action="store_true", help="say how many slots of which context fit")
    fit.add_argument("-np", "--parallel", type=_positive, metavar="N", help="slots")
    fit.add_argument("-c", "--ctx-size", type=_positive, metavar="N", help="context of all slots together")
    fit.add_argument("--ctx-per-slot", type=_positive, metavar="N", help="context of one slot")
    fit.add_argument("-ctk", "--cache-type-k", metavar="TYPE", help="f16, q8_0, q4_0 ... (default: f16)")
    fit.add_argument("-ctv", "--cache-type-v", metavar="TYPE", help="the same for V (default: f16)")
    fit.add_argument("-fa", "--flash-attn", choices=("on", "off", "auto"), help="(default: auto)")
    fit.add_argument("-ub", "--ubatch-size", type=_positive, metavar="N", help="(default: 512)")
    fit.add_argument(
        "-sm", "--split-mode", choices=("none", "layer", "row", "tensor"), help="(default: layer)"
    )
    fit.add_argument("-ts", "--tensor-split", metavar="N,N", help="shares of the cards (default: as free)")
    fit.add_argument(
        "--gpu",
        metavar="WHICH",
        help="auto, all, none (the processor), or indexes, PCI addresses, UUIDs: 0,2; "
        "0.3 is partition 3 of 0 (default: auto)",
    )
    fit.add_argument("--server-bin", metavar="PATH", help="the llama-server whose backend decides")
    fit.add_argument("--vram", metavar="SIZE", help="fit into this much memory instead, e.g. 24GiB")


def _positive(text: str) -> int:
    if not text.isdecimal() or len(text) > 9 or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no number from 1 on")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """List the models; returns the exit code."""
    from rocmtui.adapters.machine.settings_file import SettingsFile, model_dirs
    from rocmtui.adapters.models.search import find_models
    from rocmtui.core.gguf.names import is_model_name

    extra = [Path(given).expanduser() for given in args.dirs]
    missing = [str(path) for path in extra if not path.exists()]
    if missing:
        raise UsageError(f"no such folder: {', '.join(missing)}", "give a folder with GGUF files")
    for path in extra:
        if path.is_file() and not is_model_name(path.name):
            raise UsageError(f"{path} is no model", "give a .gguf file, or a folder with such files")
    memory = _memory_to_fit(args)
    search = find_models([*extra, *model_dirs(SettingsFile().read())])
    fits = _fits(search, memory, args) if memory else {}
    speeds = _speeds(fits, memory, args) if memory else {}
    if args.json:
        sys.stdout.write(_json(search, memory, fits, speeds))
    else:
        _print_text(search, memory, fits, speeds)
    return ExitCode.DONE


CPU = "CPU"
FORECAST_SLOTS = 4
"""Slots a speed is expected of where no number was asked for."""


class Memory(NamedTuple):
    """What models are fitted into: cards, or an amount the user named."""

    rooms: Rooms
    gpus: tuple[GpuReading, ...] = ()
    backend: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def free_bytes(self) -> int:
        """Of all together."""
        return sum(room.free_bytes for room in self.rooms)


def _memory_to_fit(args: argparse.Namespace) -> Memory | None:
    from rocmtui.core.gguf.split import DeviceRoom
    from rocmtui.core.text.sizes import parse_size

    if not args.fit and not any(getattr(args, name) for name in _FIT_OPTIONS):
        return None
    if args.vram:
        return Memory((DeviceRoom(free_bytes=parse_size(args.vram)),))
    if args.gpu == "none":
        return _system_memory()
    from rocmtui.adapters.gpu.notes import behind_wsl
    from rocmtui.adapters.gpu.sysfs import read_gpus

    gpus = read_gpus()
    if not gpus and behind_wsl():
        raise UsageError("under WSL the GPU's memory is not known", "say it: --vram 24GiB, or --gpu none")
    return _cards_to_fit(args, gpus)


def _system_memory(why: str = "") -> Memory:
    """What a server on the processor has; `why` it is one, where nobody asked for that."""
    from rocmtui.adapters.host.own import usable_memory_bytes
    from rocmtui.core.gguf.split import DeviceRoom

    free = usable_memory_bytes()
    if free is None:
        raise UsageError("the free system memory is not known", "say it: --vram 24GiB")
    return Memory((DeviceRoom(free_bytes=free),), (), CPU, (why,) if why else ())


def _cards_to_fit(args: argparse.Namespace, gpus: tuple[GpuReading, ...]) -> Memory:
    from rocmtui.adapters.host.own import usable_memory_bytes
    from rocmtui.adapters.server.backend import backend_of
    from rocmtui.core.gguf.split import read_split
    from rocmtui.core.gpu.choice.pick import choose
    from rocmtui.core.gpu.memory.devices import device_rooms

    backend = backend_of(args.server_bin, gpus)
    choice = choose(args.gpu or "auto", gpus, backend)
    if not choice.gpus:
        found = "; ".join(choice.notes) or "no AMD GPU was found"
        return _system_memory(f"{found}: models run on the CPU")
    if backend == CPU:
        return _system_memory("this llama-server is built without GPU support: models run on the CPU")
    words = ("-sm", args.split_mode or "layer", "-ts", args.tensor_split or "")
    rooms = device_rooms(choice.gpus, usable_memory_bytes(), backend, read_split(words))
    if not rooms:
        pcis = ", ".join(gpu.pci for gpu in choice.gpus)
        raise UsageError(f"the free memory of {pcis} is not known", "say it: --vram 24GiB")
    notes = (*choice.notes, *([choice.doubt] if choice.doubt else []))
    return Memory(rooms, choice.gpus, backend, notes)


def _ctx_per_slot(args: argparse.Namespace) -> int | None:
    total: int | None = args.ctx_size
    parallel: int | None = args.parallel
    per_slot: int | None = args.ctx_per_slot
    if total is None or per_slot is not None:
        return per_slot
    if parallel is None:
        raise UsageError("--ctx-size is for all slots together", "give --parallel too, or --ctx-per-slot")
    return max(total // parallel, 1)


def _fits(search: ModelSearch, memory: Memory, args: argparse.Namespace) -> dict[str, ModelFit]:
    import msgspec

    from rocmtui.adapters.models.taken_file import read_taken
    from rocmtui.core.gguf.fit import fit_model
    from rocmtui.core.gguf.vram_estimate import CacheOptions
    from rocmtui.core.gpu.memory.taken import closest, learned_words, without

    options = CacheOptions(
        cache_type_k=args.cache_type_k or "f16",
        cache_type_v=args.cache_type_v or "f16",
        flash_attn=args.flash_attn != "off",
        ubatch=args.ubatch_size or 512,
    )
    ctx = _ctx_per_slot(args)
    known = read_taken() if memory.gpus else ()
    fits = {}
    for model in search.models:
        if model.problem is not None:
            continue
        size = model.memory.weights_bytes + model.memory.host_weights_bytes
        taken = closest(known, Path(model.path).name, size, None, memory.backend, "")
        learns = taken is not None and bool(taken.cards)
        on_host = model.memory.host_weights_bytes if memory.backend == CPU else 0
        rooms = without(memory.rooms, on_host + (taken.missing_bytes if taken and learns else 0))
        fit = fit_model(model, rooms, parallel=args.parallel, ctx_per_slot=ctx, options=options)
        words = learned_words(taken) if taken and learns else None
        fits[model.path] = msgspec.structs.replace(fit, learned=words)
    return fits


def _speeds(fits: dict[str, ModelFit], memory: Memory, args: argparse.Namespace) -> dict[str, Speeds]:
    """What speed to expect of each model, alone and with its slots."""
    from rocmtui.core.limits.forecast import Speeds
    from rocmtui.wiring.limits import forecast

    def speed(path: str, streams: int) -> Expected | None:
        return forecast(path, memory.gpus, memory.backend, streams)

    slots = args.parallel or FORECAST_SLOTS
    if not memory.gpus and memory.backend is None:  # an amount the user named
        return {}
    return {path: Speeds(speed(path, 1), speed(path, slots)) for path in fits}


def _json(
    search: ModelSearch, memory: Memory | None, fits: dict[str, ModelFit], speeds: dict[str, Speeds]
) -> str:
    import msgspec

    from rocmtui.core.text.documents import pretty

    models = [msgspec.to_builtins(model) for model in search.models]
    for model in models:
        if model["path"] in fits:
            model["fit"] = msgspec.to_builtins(fits[model["path"]])
        if model["path"] in speeds:
            model["expected"] = msgspec.to_builtins(speeds[model["path"]])
    gpus = memory.gpus if memory else ()
    gpu = gpus[0] if len(gpus) == 1 else None
    document = {
        "schema": SCHEMA,
        "models": models,
        "broken": search.broken,
        "looked_in": search.looked_in,
        "fitted_to": None
        if memory is None
        else {
            "free_bytes": memory.free_bytes,
            "pci": gpu.pci if gpu else None,
            "name": gpu.name if gpu else None,
        }
        | ({"backend": memory.backend, "devices": memory.rooms, "notes": memory.notes} if gpus else {}),
    }
    return pretty(document).decode()


def _print_text(
    search: ModelSearch, memory: Memory | None, fits: dict[str, ModelFit], speeds: dict[str, Speeds]
) -> None:
    from rocmtui.cli.output.face import Face
    from rocmtui.cli.output.models import broken_text, fit_table, fitted_to_text, models_table, places_text

    face = Face(sys.stdout)
    if memory:
        kind = " of system memory" if memory.backend == CPU else ""
        print(face.prose(fitted_to_text(memory.rooms, memory.gpus, memory.backend, memory.notes, kind)))
    if search.models:
        print(fit_table(search.models, fits, face, speeds) if fits else models_table(search.models, face))
    if search.broken:
        print(f"\n{broken_text(search.broken)}")
    if not search.models:
        sys.stderr.write(places_text(search.looked_in))
