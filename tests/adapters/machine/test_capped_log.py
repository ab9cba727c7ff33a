"""A log of any length in a file of bounded size, its beginning and its end on disk at any moment."""

from __future__ import annotations

from pathlib import Path

from rocmtui.adapters.machine.capped_log import CappedLog
from rocmtui.core.text.forms import size


def lines(first: int, end: int) -> bytes:
    return b"".join(b"line %06d\n" % n for n in range(first, end))  # 12 bytes each


def test_a_short_log_is_the_file(tmp_path: Path) -> None:
    log = CappedLog(tmp_path / "log", first_bytes=1200, last_bytes=1200)
    log.write(lines(0, 100))
    log.write(lines(100, 300))
    assert (tmp_path / "log").read_bytes() == lines(0, 300)
    log.close()


def test_of_a_long_one_the_first_and_the_last_part_stay_and_what_is_gone_is_counted(tmp_path: Path) -> None:
    log = CappedLog(tmp_path / "log", first_bytes=1200, last_bytes=1200)
    for n in range(0, 10_000, 10):
        log.write(lines(n, n + 10))
        assert (tmp_path / "log").stat().st_size <= 1200 + 2 * 1200 + 60
        assert (tmp_path / "log").read_bytes().endswith(b"line %06d\n" % (n + 9))
    log.close()
    text = (tmp_path / "log").read_text(encoding="utf-8").splitlines()
    (mark,) = (n for n, line in enumerate(text) if line.startswith("..."))
    assert text[:mark] == lines(0, 100).decode().splitlines()
    rest = text[mark + 1 :]
    assert rest == lines(10_000 - len(rest), 10_000).decode().splitlines()
    gone = 10_000 - mark - len(rest)
    assert text[mark] == f"... {gone:,} lines ({size(gone * 12)}) left out here ..."


def test_a_first_write_beyond_the_cap_leaves_no_first_part(tmp_path: Path) -> None:
    log = CappedLog(tmp_path / "log", first_bytes=120, last_bytes=120)
    log.write(lines(0, 1000))
    log.close()
    text = (tmp_path / "log").read_text(encoding="utf-8")
    assert text.startswith("... 991 lines (12 KiB) left out here ...\n")
    assert text.endswith(lines(991, 1000).decode())
