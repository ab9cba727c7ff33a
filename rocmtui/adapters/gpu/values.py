"""The fields of one reading as they are found, each with its source; only believable values enter."""

from __future__ import annotations

from collections.abc import Mapping

from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.gpu.fields import SENTINELS, TOTAL_OF, believable, parse_int


class Values:
    """Fields of GpuReading of one card; the first believable value of a field stays."""

    def __init__(self, reader: FileReader, device: str) -> None:
        self._reader = reader
        self._device = device
        self.fields: dict[str, float] = {}
        self.sources: dict[str, str] = {}

    def number(self, field: str) -> int | None:
        """A field of whole numbers found so far."""
        value = self.fields.get(field)
        return None if value is None else int(value)

    def read(self, field: str, file: str, source: str, divisor: float = 1) -> None:
        """Take the field from a file of the card unless it is known already."""
        if field in self.fields:
            return
        raw = parse_int(self._reader.read(f"{self._device}/{file}"))
        if raw is not None and raw not in SENTINELS:
            self.take(field, raw if divisor == 1 else raw / divisor, source)

    def take(self, field: str, value: float | None, source: str) -> None:
        """Take a believable value unless the field is known already."""
        if field not in self.fields and value is not None and believable(field, value):
            self.fields[field] = value
            self.sources[field] = source

    def take_all(self, fields: Mapping[str, float], sources: Mapping[str, str]) -> None:
        """Take fields that were judged before, with all their sources."""
        self.fields.update(fields)
        self.sources.update(sources)

    def drop(self, field: str) -> None:
        """Forget a field."""
        self.fields.pop(field, None)
        self.sources.pop(field, None)

    def drop_overfull(self) -> None:
        """More used than there is cannot be: then the use is not known."""
        for used, total in TOTAL_OF.items():
            if self.fields.get(used, 0) > self.fields.get(total, float("inf")):
                self.drop(used)
