"""A server's start: each stage as it happens with the time it took, and the memory as it appears."""

from __future__ import annotations

from typing import ClassVar

from rocmtui.core.server.state import DeviceMemory, ServerState, ServerStatus
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as fmt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dashboard.gpu.panel import GpuPanel
from rocmtui.tui.dashboard.log import LogPanel
from rocmtui.tui.dashboard.server_story import stage_line, stage_lines
from rocmtui.tui.draw.lines import Line, Span, frame
from rocmtui.tui.draw.meters import legend
from rocmtui.tui.draw.panel import Panel

USUAL_STAGES = (
    "devices",
    "header",
    "reading weights",
    "offload",
    "kv cache",
    "compute",
    "warm-up",
    "slots",
    "listening",
)
SPINNER = "◐◓◑◒"
DEVICE = 8
"""Cells of a device's name."""


class StagesPanel(Panel):
    """Stages done, under way and to come."""

    HELP_TEXT = "What llama-server's log says it is doing, and for how long."

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The server, and the time while it starts."""
        return (view.server, view.at_ns if view.server.state is ServerState.STARTING else None)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """As many lines as fit; of many stages the newest stay."""
        status = view.server
        rows = height - 2
        inner = width - 4
        memory = [line for device in status.facts.memory for line in _device_lines(device, inner)]
        seen = _stages(status, view.at_ns, inner)
        stages = [*seen, *_to_come(status)]
        room = max(3, rows - len(memory) - 1)
        first = max(0, min(len(seen) - room + 2, len(stages) - room))
        body = stages[first : first + room]
        if memory and len(body) + 1 + len(memory) <= rows:
            body += [[], *memory]
        elapsed = fmt.seconds(view.at_ns - status.since_ns) if status.state is ServerState.STARTING else ""
        title: Line = [Span("starting ", "title"), Span(_model_name(status), "title")]
        return frame(
            (width, height), body, title=title, right=[Span(elapsed, "figure")], focused=self.has_focus
        )


class StartGpuPanel(GpuPanel):
    """The GPU panel without a key."""

    key: ClassVar[str] = ""


class StartLogPanel(LogPanel):
    """The server's log alone, without neighbours."""

    key: ClassVar[str] = ""

    def _tabs(self) -> Line:
        return [Span("server log", "title")]


def _model_name(status: ServerStatus) -> str:
    return clean_line(status.plan.model.rsplit("/", 1)[-1], 60) if status.plan else ""


def _stages(status: ServerStatus, now_ns: int, width: int) -> list[Line]:
    if not status.stages and status.state is ServerState.STARTING:
        return [stage_line("the process starts", now_ns - status.since_ns, SPINNER, "accent")]
    return stage_lines(status, now_ns, width, SPINNER, "accent")


def _to_come(status: ServerStatus) -> list[Line]:
    """Usual stages after the last one seen; a build may skip some."""
    seen = {mark.name for mark in status.stages}
    last = max((USUAL_STAGES.index(name) for name in seen if name in USUAL_STAGES), default=-1)
    return [[Span(f"· {name}", "muted")] for name in USUAL_STAGES[last + 1 :]]


def _device_lines(memory: DeviceMemory, width: int) -> list[Line]:
    """What the server says it allocated on a device, over as many lines as it takes."""
    parts = (
        ("█", "decode", "weights", memory.weights_bytes),
        ("▓", "prefill", "KV", memory.kv_bytes),
        ("▚", "overhead", "compute", memory.compute_bytes + memory.output_bytes),
    )
    items = [(glyph, role, name, fmt.size(size)) for glyph, role, name, size in parts if size]
    (_, *first), *others = legend(items, width, DEVICE)
    return [[Span(f"{clean_line(memory.device, 16):<{DEVICE}}"), *first], *others]
