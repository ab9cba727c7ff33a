"""The machine as the launch screen knows it by now, and what a plan comes to on it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.face_ports import LaunchCatalog
from rocmtui.core.session.launch import BinaryFound, MemoryFit, cpu_only
from rocmtui.core.session.launch_words import error_words
from rocmtui.core.text import forms as fmt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError, UsageError


class Machine:
    """Its cards and its llama-server, as they are found."""

    def __init__(self, catalog: LaunchCatalog) -> None:
        self._catalog = catalog
        self.known = False
        """Whether cards and server were looked for."""
        self.binary: BinaryFound | None = None
        self.gpus: tuple[GpuReading, ...] = ()

    async def find(self, seen: Callable[[tuple[GpuReading, ...]], object]) -> None:
        """Look for the cards, of which `seen` is told at once, and then for the server."""
        try:
            self.gpus = await self._catalog.gpus()
            seen(self.gpus)
            self.binary = await self._catalog.binary()
        except RocmtuiError as error:
            self.binary = BinaryFound(path=None, problem=error_words(error))
        self.known = True

    def cpu(self, plan: LaunchPlan) -> str:
        """Why the plan would run on the CPU beside a card; nothing where it would not."""
        return cpu_only(self.binary, self.gpus, plan)

    def fit(self, plan: LaunchPlan) -> MemoryFit | None:
        """What it takes of the memory, where that is known."""
        return self._catalog.estimate(plan) if plan.model else None

    def problem(self, plan: LaunchPlan) -> str | None:
        """Why the plan cannot be run; None when it can, as far as is known by now."""
        try:
            self._catalog.command_line(plan)
        except UsageError as error:
            return error_words(error)
        return None

    def extra_problem(self, plan: LaunchPlan) -> str | None:
        """Why the extra flags cannot be; None also where the rest of the plan is at fault."""
        problem = self.problem(plan) if self.known and plan.extra_args else None
        return None if problem is None or self.problem(replace(plan, extra_args=())) else problem

    def doubts(self, plan: LaunchPlan) -> list[tuple[str, str]]:
        """What is to be asked before it is started: a title and a question each."""
        doubts = []
        if cpu := self.cpu(plan):
            doubts.append(("this will run on the CPU", f"{cpu} Start on the CPU all the same?"))
        elif doubt := self._catalog.command_line(plan).doubt:
            doubts.append(("which GPU?", f"{clean_line(doubt, 400)}. Start on the one auto takes?"))
        fit = self.fit(plan)
        if fit is not None and not fit.fits:
            lack = f"{fmt.size(fit.lack_bytes)} more than {clean_line(fit.device, 60)} has free"
            kept = f", {fmt.size(fit.margin_bytes)} of it kept" if fit.margin_bytes else ""
            advice = f" {fit.advice.capitalize()}." if fit.advice else ""
            doubts.append(("this will not fit", f"{lack}{kept}.{advice} Start it all the same?"))
        return doubts
