"""Server-sent events: bytes in, the payloads of `data:` fields out, however the bytes are cut."""

from __future__ import annotations

import re

MAX_EVENT_BYTES = 32 * 1024 * 1024
"""An event longer than this is no token stream; it ends the request rather than our memory."""

END_OF_EVENT = b"\n\n"
"""Fed after the last byte, it ends an event whose empty line a server left out."""

MAX_STRAY_BYTES = 4096
_FIELDS = frozenset((b"id", b"retry"))
_LINE_FEED, _CARRIAGE_RETURN, _COLON = b"\n\r:"
_FAILURE = re.compile(rb"error|fail|exception|abort", re.I)
"""In the names of events that say that something went wrong."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class SseError(ValueError):
    """The bytes are no event stream we can read."""


class ErrorPayload(bytes):
    """What an event carried whose name says that something failed, maybe nothing; or a field named `error`,
    as llama-server wrote it until 2025."""

    __slots__ = ()


class SseDecoder:
    """Reads a stream by the rules of WHATWG's event stream format; comments and other fields are skipped."""

    __slots__ = ("_after_cr", "_data", "_event", "_rest", "_rest_bytes", "between", "started", "stray")

    def __init__(self) -> None:
        self._rest: list[bytes] = []
        """Pieces of a line whose end has not come yet."""
        self._rest_bytes = 0
        self._data: list[bytes] = []
        """`data:` lines of the event being read."""
        self._after_cr = False
        self.started = False
        """Something of the stream has been read."""
        self.between = True
        """Nothing of an event has been read yet."""
        self._event = b""
        """The name of the event being read."""
        self.stray = b""
        """The start of what was neither a field nor a comment: the whole of a reply that is no stream."""

    def feed(self, data: bytes) -> list[bytes]:
        """Payloads of the events that `data` completes. Raises SseError over MAX_EVENT_BYTES.

        What llama-server writes for a token, one `data: ...` line and an empty one, takes a short way.
        """
        if (
            self.between
            and data[:6] == b"data: "
            and data[-2:] == b"\n\n"
            and data.find(_LINE_FEED) == len(data) - 2
            and _CARRIAGE_RETURN not in data
        ):
            self.started = True
            return [data[6:-2]]
        payloads = self._read(data)
        self.between = not (self._rest or self._data or self._event or self._after_cr)
        return payloads

    def _read(self, data: bytes) -> list[bytes]:
        if self._after_cr or b"\r" in data:
            data = self._with_line_feeds(data)
        end = data.rfind(b"\n")
        if end < 0:
            self._keep(data)
            return []
        lines = b"".join((*self._rest, data[:end])).split(b"\n")
        self._rest.clear()
        self._rest_bytes = 0
        payloads = self._read_lines(lines)
        self._keep(data[end + 1 :])
        return payloads

    def _keep(self, rest: bytes) -> None:
        if rest:
            self._rest.append(rest)
            self._rest_bytes += len(rest)
            if self._rest_bytes > MAX_EVENT_BYTES:
                raise SseError(f"an event of more than {MAX_EVENT_BYTES // 2**20} MiB")

    def _with_line_feeds(self, data: bytes) -> bytes:
        """CR LF and CR become LF, also where CR and LF came in two reads."""
        if self._after_cr and data.startswith(b"\n"):
            data = data[1:]
            self._after_cr = False
        if data:
            self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _read_lines(self, lines: list[bytes]) -> list[bytes]:
        payloads = []
        for raw in lines:
            line = raw
            if not self.started:
                self.started = True
                line = raw.removeprefix(_BYTE_ORDER_MARK)
            if not line:
                failed = self._event and _FAILURE.search(self._event)
                if self._data or failed:
                    whole = b"\n".join(self._data)
                    payloads.append(ErrorPayload(whole) if failed else whole)
                    self._data.clear()
                self._event = b""
            elif line.startswith(b"data:"):
                self._data.append(line[6:] if line[5:6] == b" " else line[5:])
            elif line == b"data":
                self._data.append(b"")
            elif line[0] != _COLON:
                payloads.extend(self._other_field(line))
        return payloads

    def _other_field(self, line: bytes) -> list[bytes]:
        name, _, value = line.partition(b":")
        if name == b"event":
            self._event = value.strip()
        elif name.lower() == b"error":
            return [ErrorPayload(value.strip())]
        elif name not in _FIELDS and len(self.stray) < MAX_STRAY_BYTES:
            self.stray += line[:MAX_STRAY_BYTES] + b"\n"
        return []
