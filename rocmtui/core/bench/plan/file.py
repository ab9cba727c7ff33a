"""A bench described in TOML: its keys, and how it becomes a plan."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import msgspec
from msgspec.structs import asdict

from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.suite import EVERY, SUITE, BenchTest
from rocmtui.core.bench.plan.variant import BASELINE, Variant, words
from rocmtui.core.bench.plan.variant import checked as checked_variant
from rocmtui.core.load.scenario import Endpoint
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError

Seconds = Annotated[float, msgspec.Meta(ge=0, le=1e6)]


class ServerTable(msgspec.Struct, frozen=True, kw_only=True):
    """`[server]`: what all setups share."""

    server_bin: str | None = None
    gpu: str = "auto"
    gpu_layers: str | int | None = None
    flash_attn: str | None = None
    cache_type_k: str | None = None
    cache_type_v: str | None = None
    flags: str = ""
    """Given to llama-server untouched."""
    start_timeout_s: Seconds = 600.0


class VariantTable(msgspec.Struct, frozen=True, kw_only=True):
    """`[[variant]]`: one way to run the server; the first is what the others are compared with."""

    label: str
    server_bin: str | None = None
    flags: str = ""


class BenchFile(msgspec.Struct, frozen=True, kw_only=True):
    """The whole file."""

    models: tuple[str, ...] = ()
    title: str = ""
    parallel: tuple[int, ...] = (1,)
    contexts: tuple[int, ...] = ()
    rounds: int | Literal["auto"] = 5
    resolve: float = 0.03
    max_rounds: int = 30
    endpoint: Endpoint = "completion"
    seed: int = 1
    timeout_s: Seconds = 300.0
    settle_s: Seconds = 60.0
    verify: bool = True
    against: str | None = None
    server: ServerTable = ServerTable()
    variant: tuple[VariantTable, ...] = ()
    test: tuple[BenchTest, ...] = ()


def parse_bench_file(text: str, *, name: str = "bench.toml") -> BenchPlan:
    """The plan a file describes. Raises UsageError for bad TOML, unknown keys and wrong values."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{name}: {error}", "it must be TOML: see `rocmtui bench --example`") from None
    _check_keys(data, BenchFile, name, "")
    _check_keys(data.get("server"), ServerTable, name, "server: ")
    for key, struct in (("variant", VariantTable), ("test", BenchTest)):
        tables = data.get(key)
        for index, table in enumerate(tables if isinstance(tables, list) else (), 1):
            _check_keys(table, struct, name, f"{key} {index}: ")
    try:
        return _plan(msgspec.convert({**data, **_filled(data)}, BenchFile))
    except msgspec.ValidationError as error:
        raise UsageError(f"{name}: {_in_words(str(error))}", "see `rocmtui bench --example`") from None


def _filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """The tests, with the suite's values for their kind where they say nothing."""
    usual: dict[str, dict[str, Any]] = {test.kind: asdict(test) for test in EVERY}
    tests = data.get("test")
    if not isinstance(tests, list) or not all(isinstance(test, Mapping) for test in tests):
        return {}
    return {"test": [{**usual.get(str(test.get("kind")), {}), **test} for test in tests]}


def _plan(file: BenchFile) -> BenchPlan:
    variants = tuple(
        checked_variant(Variant(label=v.label, server_bin=v.server_bin, flags=words(v.flags)))
        for v in file.variant
    )
    tables = {"server", "variant", "test", "contexts", "rounds", "max_rounds"}
    return BenchPlan(
        **{key: value for key, value in asdict(file).items() if key not in tables},
        contexts=file.contexts or (None,),
        rounds=file.max_rounds if file.rounds == "auto" else file.rounds,
        auto=file.rounds == "auto",
        variants=variants or (BASELINE,),
        tests=file.test or SUITE,
        launch=_launch(**asdict(file.server)),
    )


def _launch(*, flags: str, gpu_layers: str | int | None, **same: Any) -> LaunchPlan:
    layers = None if gpu_layers is None else str(gpu_layers)
    return LaunchPlan(model="", extra_args=words(flags), gpu_layers=layers, **same)


def _check_keys(data: object, struct: type[msgspec.Struct], name: str, where: str) -> None:
    """What is no table is left to the conversion, which says so."""
    if not isinstance(data, Mapping):
        return
    known = get_type_hints(struct)
    for key, value in data.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            remedy = f"did you mean {near[0]!r}?" if near else f"known here: {', '.join(known)}"
            raise UsageError(f"{name}: {where}no key {key!r}", remedy)
        choices = get_args(known[key]) if get_origin(known[key]) is Literal else ()
        if choices and isinstance(value, str) and value not in choices:
            raise UsageError(f"{name}: {where}no {key} {value!r}", f"there are: {', '.join(choices)}")


def _in_words(message: str) -> str:
    """msgspec's sentence with the place first and without its notation."""
    what, _, place = message.partition(" - at ")
    return f"{place.strip('`').removeprefix('$.').removeprefix('$')}: {what}" if place else what
