"""Every row of the table of exit codes, for every command that measures or judges."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from rocmtui.cli.main import main
from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.plan.suite import DECODE, BenchTest
from rocmtui.core.bench.plan.variant import parse_variant
from rocmtui.errors import ExitCode
from rocmtui.wiring.benches import new_bench
from tests.cli.commands.measure.test_compare import run_folder
from tests.fakes.http_replies import Replies, replies
from tests.fakes.known_llama_server import write_known_server
from tests.fakes.made_bench import made_results

INTERRUPT = f"kill -INT {os.getpid()}; sleep 5"
NOT_OF_COMPARE = {ExitCode.NOTHING_COMPLETED, ExitCode.SERVER}
"""It sends nothing and needs no server."""


class Case(NamedTuple):
    """One row for one command: what to type, and the server that is behind it."""

    words: str
    status: int = 200
    """What an attached server answers."""
    asked: Callable[[Replies], None] = lambda _server: None
    """What happens when it is asked for the first reply."""
    server: tuple[str, ...] | None = ()
    """Options of a server that is started; None: it does not start."""
    before: str = ""
    """Shell that is run before it serves."""


def interrupt(_server: Replies) -> None:
    """Ctrl-C."""
    os.kill(os.getpid(), signal.SIGINT)


def die(server: Replies) -> None:
    """The server is gone."""
    server.refuse()


LOAD = "load --url {url} --prompt x --requests 2 --max-tokens 4 --quiet"
SWEEP = "sweep --url {url} --concurrency 1 --seconds 1 --prompt-tokens 4 --max-tokens 4 --quiet"
BENCH = "bench -m {model} --server a={bin} --tests decode --settle 0 --requests 1 --no-verify --quiet"
ONE = f"{BENCH} --rounds 1"
DEMO = "demo --headless --seconds 0.3"
PAIR = "compare {a} {b} --single"
TABLE: dict[str, dict[ExitCode, Case]] = {
    "load": {
        ExitCode.DONE: Case(LOAD),
        ExitCode.NOTHING_COMPLETED: Case(LOAD, status=500),
        ExitCode.USAGE: Case("load --url {url} --requests 0"),
        ExitCode.SLO_MISSED: Case(f"{LOAD} --slo ttft_p95<0.001ms"),
        ExitCode.SERVER: Case(LOAD, asked=die),
        ExitCode.INTERRUPTED: Case(f"{LOAD} --json {{json}}", asked=interrupt),
        ExitCode.READER_GONE: Case(LOAD),
    },
    "sweep": {
        ExitCode.DONE: Case(SWEEP),
        ExitCode.NOTHING_COMPLETED: Case(SWEEP, status=500),
        ExitCode.USAGE: Case("sweep --url {url} --concurrency 0"),
        ExitCode.SLO_MISSED: Case(f"{SWEEP} --slo ttft_p95<0.001ms"),
        ExitCode.SERVER: Case(SWEEP, asked=die),
        ExitCode.INTERRUPTED: Case(f"{SWEEP} --json {{json}}", asked=interrupt),
        ExitCode.READER_GONE: Case(SWEEP),
    },
    "bench": {
        ExitCode.DONE: Case(ONE),
        ExitCode.NOTHING_COMPLETED: Case(ONE, server=("--fault=too_long",)),
        ExitCode.USAGE: Case("bench -m {model} --rounds 0"),
        ExitCode.SLO_MISSED: Case("bench --resume {measured} --fail-on-regression 5%"),
        ExitCode.SERVER: Case(ONE, server=None),
        ExitCode.INTERRUPTED: Case(f"{ONE} --json {{json}}", before=INTERRUPT),
        ExitCode.READER_GONE: Case(ONE),
    },
    "demo": {
        ExitCode.DONE: Case(DEMO),
        ExitCode.NOTHING_COMPLETED: Case(DEMO, server=("--fault=too_long",)),
        ExitCode.USAGE: Case("demo --headless --parallel 0"),
        ExitCode.SLO_MISSED: Case(DEMO, server=("--ttft-ms=2100",)),
        ExitCode.SERVER: Case(DEMO, server=None),
        ExitCode.INTERRUPTED: Case(f"{DEMO} --json {{json}}", before=INTERRUPT),
        ExitCode.READER_GONE: Case(DEMO),
    },
    "compare": {
        ExitCode.DONE: Case(PAIR),
        ExitCode.USAGE: Case("compare {a} nosuch"),
        ExitCode.SLO_MISSED: Case(f"{PAIR} --fail-on-regression 5%"),
        ExitCode.INTERRUPTED: Case(PAIR),
        ExitCode.READER_GONE: Case(PAIR),
    },
}
ROWS = [(command, code) for command, rows in TABLE.items() for code in rows]


def test_no_row_is_left_out() -> None:
    for command, rows in TABLE.items():
        assert set(ExitCode) - set(rows) == (NOT_OF_COMPARE if command == "compare" else set())


@pytest.mark.parametrize(("command", "code"), ROWS, ids=[f"{name}-{code.value}" for name, code in ROWS])
def test_row(command: str, code: ExitCode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = TABLE[command][code]
    monkeypatch.setattr("rocmtui.core.sweep.report.CONFIRMING_TIME", 1)
    with replies(case.asked, status=case.status) as url:
        given = {"url": url, "json": tmp_path / "report.json", **made(case, tmp_path, monkeypatch)}
        words = case.words.format(**given).split()
        if command == "compare" and code is ExitCode.INTERRUPTED:
            monkeypatch.setattr("rocmtui.core.compare.verdicts.compare", raising_interrupt)
        with nobody_reads(monkeypatch, wanted=code is ExitCode.READER_GONE):
            assert main(words) == code
    if "--json" in words:
        assert json.loads((tmp_path / "report.json").read_text())["ended"] == "interrupted"


def made(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """The files that the words name, and the server that the demo finds."""
    model, server = folder / "m.gguf", folder / "server"
    model.touch()
    if case.server is None:
        server.write_text("#!/bin/sh\nexit 1\n")
        server.chmod(0o755)
    else:
        write_known_server(server, 1, 5, *case.server, before=case.before)
    monkeypatch.setenv("ROCM_LLAMA_SERVER_PATH", str(server))
    monkeypatch.setattr("rocmtui.cli.run.demo.demo_model_path", lambda *_: model)
    runs: dict[str, Path] = {}
    if "{a}" in case.words:
        runs = {name: run_folder(folder, name, itl) for name, itl in (("a", 15.0), ("b", 17.0))}
    if "{measured}" in case.words:
        runs = {"measured": measured_bench(folder / "measured", str(model))}
    return {"model": model, "bin": server, **runs}


def measured_bench(path: Path, model: str) -> Path:
    """A bench with nothing left to do, whose second variant is slower."""
    variants = (parse_variant("fast: -fa on"), parse_variant("slow: -fa off"))
    plan = BenchPlan(models=(model,), tests=(DECODE,), variants=variants, rounds=4, verify=False)

    def speed(setup: Setup, _test: BenchTest, round_: int) -> dict[str, float]:
        return {"output_tps_per_request": (100 if setup.variant.label == "fast" else 80) + round_ / 10}

    folder, _ = new_bench(path, plan)
    results = made_results(plan, speed)
    for line in (*results.starts, *results.cells):
        folder.append(line)
    return path


def raising_interrupt(*_: object, **__: object) -> None:
    """As when Ctrl-C comes while the verdicts are computed."""
    raise KeyboardInterrupt


@contextmanager
def nobody_reads(monkeypatch: pytest.MonkeyPatch, *, wanted: bool) -> Iterator[None]:
    """Stdout is a pipe whose reader has gone, as with `| head`."""
    if not wanted:
        yield
        return
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stdout", stream)
        yield
        monkeypatch.undo()
