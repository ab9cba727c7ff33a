"""Reports made of records at hand."""

from collections.abc import Iterable, Sequence

from rocmtui.core.load.said import LoadFinished
from rocmtui.core.report.build import ReportBuilder
from rocmtui.core.report.document import Report
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import RequestRecord


def build_report(
    facts: RunFacts, records: Iterable[RequestRecord], finished: Sequence[LoadFinished] = ()
) -> Report:
    """The report of a run from all its records, as `ReportBuilder` makes it."""
    builder = ReportBuilder(facts.scenario)
    for record in records:
        builder.add(record)
    return builder.build(facts, finished)
