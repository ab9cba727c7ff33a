"""A bench's prefill and single-stream decode as rows of llama-bench: its SQL table, its Markdown.

They were measured through the server, over HTTP: llama-bench's own figures have no sampling and no network.
Columns of which nothing is known are NULL in SQL, and left out of the Markdown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import fmean, stdev

import msgspec

from rocmtui.core.bench.plan.cells import Setup
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.bench.result import StartResult
from rocmtui.core.text import forms
from rocmtui.core.text.tables import Table, columns, markdown_table

_TEST = re.compile(r"(?P<kind>pp|tg)(?P<tokens>\d+)(?: @ d?(?P<depth>\d+))?\Z")
_TAGS = ("prefill_tps", "output_tps_per_request")
_BUILD = re.compile(r"(?P<number>\d+)\b.*?\b(?P<commit>[0-9a-f]{7,40})\b")
_COLUMN_WORDS = """
build_commit:TEXT build_number:INTEGER cpu_info:TEXT gpu_info:TEXT backends:TEXT model_filename:TEXT
model_type:TEXT model_size:INTEGER model_n_params:INTEGER n_batch:INTEGER n_ubatch:INTEGER
n_threads:INTEGER cpu_mask:TEXT cpu_strict:INTEGER poll:INTEGER type_k:TEXT type_v:TEXT
n_gpu_layers:INTEGER n_cpu_moe:INTEGER split_mode:TEXT main_gpu:INTEGER no_kv_offload:INTEGER
flash_attn:INTEGER devices:TEXT tensor_split:TEXT tensor_buft_overrides:TEXT load_mode:TEXT lazy_mode:TEXT
embeddings:INTEGER no_op_offload:INTEGER no_host:INTEGER repack:INTEGER fit_target:INTEGER
fit_min_ctx:INTEGER n_prompt:INTEGER n_gen:INTEGER n_depth:INTEGER test_time:TEXT avg_ns:INTEGER
stddev_ns:INTEGER avg_ts:REAL stddev_ts:REAL
"""
_COLUMNS = tuple(word.split(":") for word in _COLUMN_WORDS.split())
"""llama-bench's table, as `llama-bench -o sql` creates it."""


class BenchLine(msgspec.Struct, frozen=True, kw_only=True):
    """One test of one variant."""

    model: str
    variant: str
    start: StartResult | None
    prompt: int
    generated: int
    depth: int
    speeds: tuple[float, ...]
    """Tokens per second, a round each."""

    @property
    def average(self) -> float:
        """Tokens per second."""
        return fmean(self.speeds)

    @property
    def spread(self) -> float:
        """Standard deviation of the same; 0 of one round, as llama-bench says it."""
        return stdev(self.speeds) if len(self.speeds) > 1 else 0.0

    @property
    def test(self) -> str:
        """`pp512`, `tg128`, `tg128 @ d4096`."""
        name = f"pp{self.prompt}" if self.prompt else f"tg{self.generated}"
        return f"{name} @ d{self.depth}" if self.depth else name


def bench_lines(report: BenchReport) -> Iterator[BenchLine]:
    """What llama-bench has a row for: prefill, and the decode of one stream."""
    starts = {start.setup: start for start in report.starts if start.error is None}
    by_label = {variant.label: variant for variant in report.plan.variants}
    fewest = min((row.parallel for row in report.rows), default=1)
    for row in report.rows:
        found = _TEST.match(row.name)
        if found is None or row.parallel != fewest or row.tag not in _TAGS:
            continue
        tokens, is_prefill = int(found["tokens"]), found["kind"] == "pp"
        for figure in row.figures:
            speeds = tuple(value for value in figure.rounds if value is not None)
            if not speeds or figure.variant not in by_label:
                continue
            variant = by_label[figure.variant]
            setup = Setup(model=row.model, ctx=row.ctx, parallel=row.parallel, variant=variant)
            yield BenchLine(
                model=row.model,
                variant=figure.variant,
                start=starts.get(setup.key),
                prompt=tokens if is_prefill else 0,
                generated=0 if is_prefill else tokens,
                depth=row.depth,
                speeds=speeds,
            )


def llama_bench_sql(report: BenchReport) -> str:
    """Statements for sqlite3, as `llama-bench -o sql` prints them."""
    table = ",\n".join(f"  {name} {kind}" for name, kind in _COLUMNS)
    text = f"CREATE TABLE IF NOT EXISTS llama_bench (\n{table}\n);\n\n"
    names = ", ".join(name for name, _ in _COLUMNS)
    for line in bench_lines(report):
        known = _known(report, line)
        values = ", ".join(_quoted(known.get(name)) for name, _ in _COLUMNS)
        text += f"INSERT INTO llama_bench ({names}) VALUES ({values});\n"
    return text


def llama_bench_markdown(report: BenchReport) -> str:
    """The table `llama-bench -o md` prints, with a column for the variant."""
    rows = [
        (
            report.plan.name_of(line.model),
            forms.size(line.start.model_bytes) if line.start and line.start.model_bytes else forms.DASH,
            f"{line.start.n_params / 1e6:.2f} M" if line.start and line.start.n_params else forms.DASH,
            (line.start.backend if line.start else None) or forms.DASH,
            line.variant,
            line.test,
            f"{line.average:.2f} ± {line.spread:.2f}",
        )
        for line in bench_lines(report)
    ]
    head = columns(
        "model", "size", "params", "backend", "variant", "test", "t/s", right=frozenset((1, 2, 5, 6))
    )
    builds = dict.fromkeys(start.build for start in report.starts if start.build)
    return f"{markdown_table(Table(head, rows))}\n\nbuild: {', '.join(builds) or forms.DASH}\n"


def _known(report: BenchReport, line: BenchLine) -> dict[str, object]:
    start, tokens = line.start, line.prompt + line.generated
    build = _BUILD.search(start.build or "") if start else None
    times_ns = [tokens / speed * 1e9 for speed in line.speeds]
    cards = "/".join(str(gpu["name"]) for gpu in report.machine.gpus if gpu.get("name"))
    return {
        "build_commit": build["commit"] if build else None,
        "build_number": build["number"] if build else None,
        "cpu_info": report.machine.cpu,
        "gpu_info": cards,
        "backends": start.backend if start else None,
        "model_filename": line.model,
        "model_type": start.quantization if start else None,
        "model_size": start.model_bytes if start else None,
        "model_n_params": start.n_params if start else None,
        "n_prompt": line.prompt,
        "n_gen": line.generated,
        "n_depth": line.depth,
        "test_time": report.started_at,
        "avg_ns": round(fmean(times_ns)),
        "stddev_ns": round(stdev(times_ns)) if len(times_ns) > 1 else 0,
        "avg_ts": f"{line.average:.6f}",
        "stddev_ts": f"{line.spread:.6f}",
    }


def _quoted(value: object) -> str:
    if value is None:
        return "NULL"
    text = str(value).replace("\0", "").replace("'", "''")
    return f"'{text}'"
