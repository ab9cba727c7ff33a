"""Servers to attach to: those left running by an earlier session, and any llama-server of this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
from platformdirs import user_state_path

from rocmtui.adapters.server.local_process import listening_process, processes, read_process
from rocmtui.adapters.wire.llama_status import HttpProbe
from rocmtui.core.server.found import FoundServer, served_url
from rocmtui.core.text.untrusted_json import UNREADABLE
from rocmtui.errors import UsageError

MAX_ENDED = 10
"""Logs of ended servers that are kept."""
DEFAULT_URL = "http://127.0.0.1:8080"


class KeptServer(msgspec.Struct, frozen=True, kw_only=True):
    """A server that was left running, as noted on disk."""

    pid: int
    start_ticks: int
    boot_id: str
    url: str
    model: str | None
    log_file: str
    api_key_env: str | None = None


def state_folder() -> Path:
    """Where kept servers are noted (XDG state folder)."""
    return user_state_path("rocmtui") / "servers"


def note_kept(pid: int, url: str, model: str | None, api_key_env: str | None) -> str:
    """Write down a server that is to live on; returns the file its log may go to. Raises OSError."""
    process = read_process(pid)
    folder = state_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept = KeptServer(
        pid=pid,
        start_ticks=process.start_ticks if process else 0,
        boot_id=_boot_id(),
        url=url,
        model=model,
        log_file=str(folder / f"{pid}.log"),
        api_key_env=api_key_env,
    )
    (folder / f"{pid}.json").write_bytes(msgspec.json.encode(kept))
    return kept.log_file


def keep_ended_log(pid: int, lines: Sequence[str]) -> str | None:
    """Keep the last lines of a server that ended; the file. Of such files the newest ones stay."""
    folder = state_folder().parent / "ended"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / f"llama-server-{pid}.log"
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", errors="replace")
        for old in sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime)[:-MAX_ENDED]:
            old.unlink()
    except OSError:
        return None
    return str(file)


def kept_servers() -> Iterator[KeptServer]:
    """Noted servers that still live; notes of others are removed."""
    for path in sorted(state_folder().glob("*.json")):
        with contextlib.suppress(OSError, *UNREADABLE):
            kept = msgspec.json.decode(path.read_bytes(), type=KeptServer)
            process = read_process(kept.pid)
            same = process is not None and process.start_ticks == kept.start_ticks
            if same and kept.boot_id == _boot_id():
                yield kept
                continue
        with contextlib.suppress(OSError):
            path.unlink()
            path.with_suffix(".log").unlink()


async def find_servers() -> tuple[FoundServer, ...]:
    """All that answer now, those left running first."""
    found: dict[str, FoundServer] = {}
    for kept in kept_servers():
        found[kept.url] = FoundServer(
            url=kept.url, how="left running", pid=kept.pid, model=kept.model, api_key_env=kept.api_key_env
        )
    for process in processes():
        if (url := served_url(process.command)) is not None and url not in found:
            found[url] = FoundServer(url=url, how="process", pid=process.pid)
    if DEFAULT_URL not in found:
        found[DEFAULT_URL] = FoundServer(url=DEFAULT_URL, how="port 8080")
    answers = await asyncio.gather(*map(_ask, found.values()))
    return tuple(server for server in answers if server is not None)


async def _ask(server: FoundServer) -> FoundServer | None:
    """The server with its health; None where nothing answers."""
    try:
        probe = HttpProbe(server.url)
    except UsageError:
        return None  # a command line with a nonsensical address
    try:
        health = await probe.health()
        if health not in ("ok", "loading", "timeout"):
            return None
        local = listening_process(server.url) if server.pid is None else None
        return msgspec.structs.replace(server, health=health, pid=local.pid if local else server.pid)
    finally:
        await probe.close()


def _boot_id() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""
