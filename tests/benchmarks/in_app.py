"""A load with the app on a screen of 120x40 that nobody looks at.

Run as a program it is the app: `python -m tests.benchmarks.in_app URL SCENARIO_JSON`.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import signal
import struct
import sys
import tempfile
import termios
from pathlib import Path

import msgspec

from rocmtui.adapters.runs.reader import read_run
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.request.record import Phase, RequestRecord

ROWS, COLUMNS = 40, 120
TIMEOUT_S = 600


async def load_in_app(url: str, scenario: Scenario) -> list[RequestRecord]:
    """The measured requests of a load that ran under the app; the app is closed after it."""
    terminal, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with tempfile.TemporaryDirectory() as data:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.in_app", url, msgspec.json.encode(scenario).decode()),
            stdin=inner,
            stdout=inner,
            stderr=inner,
            start_new_session=True,
            env=os.environ | {"XDG_DATA_HOME": data, "TERM": "xterm-256color"},
        )
        os.close(inner)
        loop = asyncio.get_running_loop()
        loop.add_reader(terminal, _discard, terminal)
        try:
            async with asyncio.timeout(TIMEOUT_S):
                while (run := _finished_run(Path(data))) is None:
                    await asyncio.sleep(0.2)
            data_of_run = read_run(run)
            return [record for record in data_of_run.records() if record.phase is Phase.MEASURED]
        finally:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
            await process.wait()
            loop.remove_reader(terminal)
            os.close(terminal)


def _discard(terminal: int) -> None:
    with contextlib.suppress(OSError):
        os.read(terminal, 1 << 16)


def _finished_run(data: Path) -> Path | None:
    return next((report.parent for report in data.glob("**/report.json")), None)


def main() -> int:
    """The app, attached to a server, with a load."""
    from rocmtui.cli.run.app import run_app

    url, scenario = sys.argv[1], msgspec.json.decode(sys.argv[2], type=Scenario)

    async def begin(session: object) -> None:
        await session.attach(url)  # type: ignore[attr-defined]
        await session.start_load(scenario)  # type: ignore[attr-defined]

    return run_app(lambda session: lambda: begin(session))


if __name__ == "__main__":
    sys.exit(main())
