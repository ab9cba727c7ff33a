"""Estimates of models' memory, and what servers took of it, kept in the data folder."""

from __future__ import annotations

from rocmtui.adapters.gpu.process_memory import resident_bytes
from rocmtui.adapters.models.taken_file import keep_taken
from rocmtui.core.gguf.vram_estimate import VramEstimate
from rocmtui.core.gpu.memory.need import plan_need
from rocmtui.core.gpu.memory.taken import Taken
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError
from rocmtui.wiring.fit import memory_at


class MemoryBook:
    """Implements services.session.fit_watch.FitBook."""

    def estimate(self, plan: LaunchPlan) -> VramEstimate | None:
        """By the header of the plan's model."""
        memory = memory_at(plan.model)
        try:
            return plan_need(memory, plan) if memory is not None else None
        except UsageError:
            return None  # a cache type that is newer than ours

    def resident_bytes(self, pid: int) -> int | None:
        """What of a process lies in system memory."""
        return resident_bytes(pid)

    def keep(self, taken: Taken) -> None:
        """Remember. Raises OSError."""
        keep_taken(taken)
