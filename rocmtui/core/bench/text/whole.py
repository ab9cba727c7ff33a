"""A bench as text: the tables of the terminal and report.md, ready to paste."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator

from rocmtui.core.bench.report import BenchReport, NotRun
from rocmtui.core.bench.result import BenchResults
from rocmtui.core.bench.rounds import rounds_words
from rocmtui.core.bench.summary import rounds_run
from rocmtui.core.bench.text.depth_tables import depth_tables
from rocmtui.core.bench.text.tables import (
    answers_table,
    llama_bench_table,
    memory_table,
    model_table,
    result_tables,
    scaling_table,
)
from rocmtui.core.stats.student import LEVEL
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import slots_text
from rocmtui.core.text.tables import Renderer, Table, columns, markdown_table, markdown_text, terminal_table

METHOD = (
    "Each figure is the median over rounds; in brackets the 95 % interval of the geometric mean over rounds. "
    "Verdicts compare round by round (mean of the logarithms of the ratios; bootstrap widened for few "
    "rounds, never narrower than Student's t; with rounds auto, a sequential t-test that holds after any "
    "round), and all of a bench hold together (Holm). Every round starts each server anew, in the order A B, "
    "B A; prompts are cold (cache_prompt off, random first letters), with the same seed on both sides. pp: "
    "the server's own prompt tokens per second; tg: (tokens - 1) / (last - first token) as received; @ dN: "
    "after N tokens that a cell's first request put into the slot and the cache kept; by 1k tokens: by a "
    "straight line of the time a token takes over depth; ttft: first content - request sent; total: all "
    "streams' tokens over the measured window. Load time is outside all of it."
)


def terminal_text(
    report: BenchReport, table: Renderer = terminal_table, prose: Callable[[str], str] = str
) -> str:
    """All tables for a terminal, with what to mind below."""
    parts = [
        *(f"{heading}\n{text}" for heading, text in result_tables(report, table)),
        depth_tables(report.depth, table),
        scaling_table(report, table),
        memory_table(report, table),
        answers_table(report, table),
        prose("\n".join(f"not run: {_setup_text(row, report)}: {row.reason}" for row in report.not_run)),
        llama_bench_table(report, table),
        prose("\n".join(f"warning: {warning}" for warning in report.warnings)),
        prose(_chance(report)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def markdown_report(report: BenchReport) -> str:
    """report.md: verdicts and tables, what did not run, warnings; then machine, exact commands, method."""
    not_run = [f"{_setup_text(row, report)}: {row.reason}" for row in report.not_run]
    parts = [
        f"# {markdown_text(report.plan.title or 'rocmtui bench')}",
        _when(report),
        *_section("Results", _results(report)),
        *_section("Did not run", _bullets(not_run)),
        *_section("Warnings", _bullets(report.warnings)),
        *_section("Depth", depth_tables(report.depth, markdown_table)),
        *_section("Scaling with slots", scaling_table(report, markdown_table)),
        *_section("Loading and memory", memory_table(report, markdown_table)),
        *_section("Answers", answers_table(report, markdown_table)),
        *_section("Beside llama-bench", llama_bench_table(report, markdown_table)),
        *_section("Machine", _machine(report)),
        *_section("Servers", _commands(report)),
        *_section("Models", model_table(report, markdown_table)),
        *_section("Method", "\n\n".join(filter(None, (METHOD, _chance(report))))),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, body: str) -> Iterator[str]:
    if body:
        yield f"## {title}"
        yield body


def _bullets(texts: Iterable[str]) -> str:
    return "\n".join(f"- {markdown_text(text)}" for text in texts)


def _when(report: BenchReport) -> str:
    ended = "" if report.ended == "done" else ", interrupted"
    rounds = rounds_run(report.plan, BenchResults(cells=list(report.cells)))
    how_long = f"{rounds} rounds, {forms.duration(report.seconds)}{ended}."
    return f"{report.started_at}, rocmtui {report.tool.version}, {how_long}"


def _machine(report: BenchReport) -> str:
    machine = report.machine
    memory = None if machine.memory_bytes is None else forms.size(machine.memory_bytes)
    rows = [
        ("CPU", machine.cpu),
        ("cores", None if machine.cpu_count is None else str(machine.cpu_count)),
        ("memory", memory),
        ("kernel", machine.kernel),
        ("system", machine.os),
        *(("GPU", _gpu_text(gpu)) for gpu in machine.gpus),
    ]
    if not machine.gpus:
        rows.append(("GPU", "no AMD GPU was found"))
    return markdown_table(Table(columns("", ""), [(name, value) for name, value in rows if value]))


def _gpu_text(gpu: dict[str, object]) -> str:
    known = [str(gpu[name]) for name in ("name", "gfx", "pci") if gpu.get(name)]
    if gpu.get("driver"):
        known.append(f"driver {gpu['driver']}")
    return ", ".join(known)


def _commands(report: BenchReport) -> str:
    """One fenced block: each setup's command as it was run, with its build."""
    lines: list[str] = []
    seen: set[str] = set()
    for start in report.starts:
        if start.command and start.setup not in seen:
            seen.add(start.setup)
            program = start.program.words if start.program is not None else None
            build = ", ".join(filter(None, (start.build, start.backend, program)))
            label = start.setup.rsplit("|", 1)[-1]
            lines.append(f"# {label}, {slots_text(start.parallel)}" + (f": {build}" if build else ""))
            lines.append(shlex.join(start.command))
    return "\n".join(("```sh", *(line.replace("```", "'''") for line in lines), "```")) if lines else ""


def _results(report: BenchReport) -> str:
    tables = result_tables(report, markdown_table)
    return "\n\n".join(f"### {markdown_text(heading)}\n\n{text}" for heading, text in tables)


def _setup_text(row: NotRun, report: BenchReport) -> str:
    model = report.plan.name_of(row.model)
    context = f", context {row.ctx}" if row.ctx else ""
    return f"{model}, {slots_text(row.parallel)}{context}, {row.variant}"


def _chance(report: BenchReport) -> str:
    judged = sum(v.change is not None for row in report.rows for v in row.verdicts)
    rounds = rounds_words(report.plan, BenchResults(cells=list(report.cells))) if report.plan.auto else ""
    if judged < 2:
        return rounds
    together = (
        f"{judged} comparisons judged together (Holm): if nothing differed, {forms.share(1 - LEVEL)} of such "
        "benches would call any of them better or worse."
    )
    return "\n".join(filter(None, (together, rounds)))
