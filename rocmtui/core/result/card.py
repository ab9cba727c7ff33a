"""The result of one load: its report, and the comparison with the last run like it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from rocmtui.core.compare.verdicts import Comparison
from rocmtui.core.host.causes import said
from rocmtui.core.load.scenario import ClosedLoop, Scenario
from rocmtui.core.load.slo import value_text
from rocmtui.core.report.document import CUT_OFF, FAILED, INCOMPLETE, Report, SloResult
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line

ENDS = {
    "requests": "load done",
    "duration": "load done",
    "stopped": "load stopped",
    "interrupted": "load interrupted",
    "server_gone": "the server went away",
    "error_rate": "load ended: too many errors",
    FAILED: "the load failed",
    INCOMPLETE: "load incomplete: a load process was lost",
    CUT_OFF: "load cut off",
}
BAD_ENDS = frozenset({"server_gone", "error_rate", FAILED, INCOMPLETE, CUT_OFF})
ENERGY = "tok/J"


class Fault(msgspec.Struct, frozen=True):
    """Something wrong with the run or with its figures; errors stand before warnings."""

    level: Literal["error", "warning"]
    text: str


class ResultCard(msgspec.Struct, frozen=True, kw_only=True):
    """A load that ended."""

    path: str
    """The run's folder, or its packed file."""
    place: str
    """The same as it is shown: with `~` for the home folder."""
    report: Report
    against: Comparison | None = None
    """This run against the last one like it; None where there is none."""
    earlier_path: str = ""
    earlier: str = ""
    """That run in a few words: its day and its build."""

    @property
    def heading(self) -> str:
        """How it ended."""
        return ENDS.get(self.report.ended, self.report.ended)


def faults(card: ResultCard) -> list[Fault]:
    """What was wrong, the worst first."""
    report = card.report
    found = list(_about_the_text(report))
    if report.ended in BAD_ENDS:
        found.append(Fault("error", f"{card.heading}; the figures are those of the time before"))
    if not report.requests.completed:
        found.append(Fault("error", "no measured request completed"))
    for group in report.requests.errors[:3]:
        words = f"{group.count} {group.kind}: {group.message}"
        found.append(Fault("error", words + (f"; {group.remedy}" if group.remedy else "")))
    found += [Fault("error", f"missed: {slo_words(slo)}") for slo in report.slo if not slo.met]
    found += [Fault("warning", said(cause)) for cause in (report.host.causes if report.host else ())]
    told = {fault.text for fault in found}
    return [*found, *(Fault("warning", text) for text in report.audit.warnings if text not in told)]


def _about_the_text(report: Report) -> Iterator[Fault]:
    """Speeds of a server that talks nonsense are no speeds: that comes before all else."""
    for found in (report.answers, report.answers_under_load):
        if found is not None and found.words:
            yield Fault("error" if found.is_nonsense else "warning", found.words)


def good_words(report: Report) -> list[str]:
    """What was looked at and is well: the text, the host."""
    look, host = report.answers, report.host
    words = [f"text ✓ right {look.right} of {look.of}"] if look and look.of and not look.words else []
    return [*words, "host ✓ nothing waited"] if host and host.samples and not host.causes else words


def slo_words(slo: SloResult) -> str:
    """`ttft_p95<2s 1.43 s`: an SLO and its value."""
    return f"{clean_line(slo.expression, 40)} {value_text(slo.expression, slo.value)}"


def met_words(report: Report) -> list[str]:
    """Each SLO that was met."""
    return [f"✓ {slo_words(slo)}" for slo in report.slo if slo.met]


def failed_words(report: Report) -> str:
    """`0 of 200`: how many of the measured requests that ended failed."""
    counts = report.requests
    ended = counts.completed + counts.failed
    return f"{forms.count(counts.failed)} of {forms.count(ended)}" if ended else "none"


def time_words(report: Report) -> str:
    """How long was measured: `4:31`."""
    seconds = report.measured_seconds
    return "" if seconds is None else forms.position(round(seconds * 1e9))


def difference(card: ResultCard) -> str:
    """How it stands to the last run like it, in compare's words; nothing where there is none."""
    if card.against is None:
        return ""
    rows = {row.key: row.verdict for row in card.against.rows}
    said = [rows["output_tps"].text] if "output_tps" in rows else []
    first = rows.get("ttft_p50")
    if first is not None and first.kind in ("better", "worse", "different"):
        said.append(f"TTFT p50 {first.text}")
    return "; ".join(said)


def load_words(scenario: Scenario | None) -> str:
    """`4 workers, 96 → 64 tokens`."""
    if scenario is None:
        return ""
    shape, prompt = scenario.shape, scenario.prompt
    if isinstance(shape, ClosedLoop):
        one = "worker" if scenario.conversations is None else "conversation"
        load = forms.plural(shape.concurrency, one)
    else:
        load = f"{shape.rate:g} requests/s {shape.arrivals}"
    asked = f"{forms.count(prompt.tokens)} → " if prompt.tokens else "→ "
    return f"{load}, {asked}{forms.count(scenario.max_tokens)} tokens"


def energy_words(report: Report) -> list[str]:
    """What the cards took: tokens a joule, memory at its peak, and what went to system memory."""
    joules = [gpu.tokens_per_joule for gpu in report.gpu if gpu.tokens_per_joule]
    peaks = [gpu.vram_peak_bytes for gpu in report.gpu if gpu.vram_peak_bytes is not None]
    spilled = sum(gpu.spill_peak_bytes or 0 for gpu in report.gpu)
    words = [f"{forms.figure(1 / sum(1 / value for value in joules))} {ENERGY}"] if joules else []
    words += [f"VRAM peak {forms.size(sum(peaks))}"] if peaks else []
    return words + ([f"⚠ {forms.size(spilled)} spilled"] if spilled else [])
