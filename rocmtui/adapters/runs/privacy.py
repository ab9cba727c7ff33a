"""Who takes out of a run, bench or sweep what names this machine, its owner, and other machines."""

from __future__ import annotations

import getpass
import platform

from rocmtui.adapters.runs.reader import RunData
from rocmtui.core.bench.report import BenchReport
from rocmtui.core.report.document import Report
from rocmtui.core.runs.private_words import PrivateWords
from rocmtui.core.runs.redact import Redactor
from rocmtui.core.sweep.report import SweepReport


def redactor_of(*told: RunData | Report | BenchReport | SweepReport) -> Redactor:
    """Learns from all of them before any is redacted."""
    private = PrivateWords((platform.node(), platform.node().partition(".")[0], getpass.getuser()))
    for one in told:
        match one:
            case RunData():
                private.events(one.events_only())
                private.scenario(one.scenario)
                private.report(one.report)
            case Report():
                private.report(one)
            case BenchReport():
                _bench(one, private)
            case SweepReport():
                _sweep(one, private)
    return Redactor(private.names, private.folders)


def _bench(bench: BenchReport, private: PrivateWords) -> None:
    plan = bench.plan
    private.launch(plan.launch)
    private.engine(plan.engine)
    private.paths((*plan.models, plan.against, *(variant.server_bin for variant in plan.variants)))
    for words in (*(variant.flags for variant in plan.variants), *(start.command for start in bench.starts)):
        private.command(words)


def _sweep(sweep: SweepReport, private: PrivateWords) -> None:
    plan = sweep.plan
    private.launch(plan.launch)
    private.url(plan.url)
    private.scenario(plan.scenario)
    for tried in sweep.levels:
        private.command(tried.command)
