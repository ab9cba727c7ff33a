"""`rocmtui doctor`: what was looked for and found on this machine, and what mends what is wrong."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from rocmtui.cli.output.face import Face
from rocmtui.core.text.tables import Tone, Toned
from rocmtui.errors import ExitCode

if TYPE_CHECKING:
    from rocmtui.core.doctor.facts import Finding

SCHEMA = "rocmtui.doctor/1"
USAGE = "rocmtui doctor [OPTIONS]"
DESCRIPTION = "Check this machine: GPU, driver, access, ROCm, llama-server, folders. Changes nothing."
EXAMPLES = """\
  rocmtui doctor
  rocmtui doctor --server-bin ~/llama.cpp/build/bin/llama-server
  rocmtui doctor --json | jq '.findings[] | select(.status == "problem")'"""
TONES: dict[str, Tone] = {"good": "good", "warning": "warning", "problem": "bad"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui doctor`."""
    parser.add_argument("--server-bin", metavar="PATH", help="the llama-server to check")
    parser.add_argument("--json", action="store_true", help="print facts and findings as JSON")
    parser.add_argument("--wake", action="store_true", help="ask llama-server though a sleeping card wakes")


def run(args: argparse.Namespace) -> int:
    """Check and tell; exit code 1 where something is a problem."""
    import asyncio

    import msgspec

    from rocmtui.adapters.doctor.probe import read_facts
    from rocmtui.adapters.doctor.server import with_server
    from rocmtui.core.doctor.facts import worst
    from rocmtui.core.doctor.rules import examine
    from rocmtui.core.text.documents import pretty

    facts = msgspec.structs.replace(read_facts(), may_wake=args.wake)
    facts = asyncio.run(with_server(facts, args.server_bin))
    findings = examine(facts)
    status = worst(findings)
    document = {"schema": SCHEMA, "status": status, "findings": findings, "facts": facts}
    sys.stdout.write(pretty(document).decode() if args.json else _text(findings, Face(sys.stdout)))
    return ExitCode.NOTHING_COMPLETED if status == "problem" else ExitCode.DONE


def _text(findings: tuple[Finding, ...], face: Face) -> str:
    """A line a finding, its area named once, the remedy below; the status is a word, not only a colour."""
    lines = []
    area = ""
    for finding in findings:
        shown = face.cell(Toned(f"{finding.status:<8}", TONES[finding.status]))
        lines.append(f"{finding.area if finding.area != area else '':<10} {shown} {finding.text}")
        if finding.remedy:
            lines.append(f"{'':<19} mend: {finding.remedy}")
        area = finding.area
    return "\n".join([*lines, "", _summary(findings), ""])


def _summary(findings: tuple[Finding, ...]) -> str:
    counts = {
        status: sum(finding.status == status for finding in findings) for status in ("problem", "warning")
    }
    told = [f"{count} {status}{'s' if count > 1 else ''}" for status, count in counts.items() if count]
    return ", ".join(told) if told else "all is well"
