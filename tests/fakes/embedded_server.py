"""The real embedded llama.cpp server as a child process, ready to answer."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


@contextmanager
def embedded_server(
    model: Path, *, slots: int = 4, ctx: int = 8192, api_key: str | None = None
) -> Iterator[str]:
    """Gives its URL. It is killed at the end, if it has not ended."""
    command = [sys.executable, "-m", "rocmtui.embedded.llama.server", "-m", str(model), "--port", "0"]
    process = subprocess.Popen(
        [*command, "-np", str(slots), "-c", str(ctx), "--metrics", "--slots"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=os.environ | ({"LLAMA_API_KEY": api_key} if api_key else {}),
    )
    assert process.stderr is not None
    said: list[bytes] = []
    reader = threading.Thread(target=_drain, args=(process.stderr, said))
    try:
        for line in process.stderr:
            said.append(line)
            found = re.search(rb"listening on (http://\S+)", line)
            if found:
                # A pipe nobody empties would stop the server at its next line.
                reader.start()
                yield found[1].decode()
                break
        else:
            raise AssertionError(f"the server ended: {b''.join(said)[-2000:]!r}")
    finally:
        process.kill()
        process.wait()
        if reader.is_alive():
            reader.join()
        process.stderr.close()


def _drain(pipe: IO[bytes], said: list[bytes]) -> None:
    said.extend(pipe)
