"""The AMD GPUs of the machine, or one calm sentence."""

from __future__ import annotations

from rocmtui.core.gpu.details import details
from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.dashboard.gpu.card import draw_card
from rocmtui.tui.dashboard.gpu.host import draw_host, draw_host_line
from rocmtui.tui.dashboard.gpu.table import draw_table, draw_users
from rocmtui.tui.draw.lines import Line, Part, Span, choose, cut
from rocmtui.tui.draw.panel import Panel
from rocmtui.tui.draw.wrapping import wrapped


class GpuPanel(Panel):
    """Every card in the most telling form that fits, and the host, which takes a missing card's place."""

    key = "4"
    HELP_TEXT = (
        "The memory bar is split by owner; memory the server spilled into system memory is warned of. "
        "Power against its cap tells of work: `busy` only says that the queue is occupied. Below it the "
        "host: cores in use, how long the server's threads waited for one, memory, disk; amber where that "
        "slows it. With the focus on the panel (4) limits, voltage, video, bandwidth and errors take the "
        "place of the last minute and of the host, and where there is room the host shows the server's "
        "threads by load and pressure over time."
    )

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The samples, their history, and what the server said it allocated."""
        return (view.gpu, view.gpu_history, view.server.facts.memory, view.host)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """Frame, cards and host; with the focus on it what is normal of a card in the host's place."""
        sample, draw = view.gpu, draw_everything if self.has_focus else draw_machine
        body = draw(view, width - 4, height - 2)
        if sample is None or not sample.gpus:
            return self.framed((width, height), body, "host" if view.host else "gpu")
        return self.framed((width, height), body, "gpu", _heading(sample, width - 14), _foot(view, sample))

    def lines_wanted(self, view: SessionView, width: int, most: int) -> int:
        """Lines, at most `most`, the panel can make use of inside its frame of `width`."""
        return max(len(draw_machine(view, width - 4, most)), 3)


def draw_everything(view: SessionView, width: int, rows: int) -> list[Line]:
    """A single card with what is normal of it as well; several cards as ever; the host as there is room."""
    gpus = view.gpu.gpus if view.gpu is not None else ()
    if len(gpus) != 1:
        return draw_machine(view, width, rows, everything=True)
    more: list[Line] = [[Span(cut(line.strip(), width), "muted")] for line in details(gpus[0])]
    whole = [*draw_card(gpus[0], view, width), *more]
    if len(whole) > rows:
        return [*draw_card(gpus[0], view, width, history=False), *more][:rows]
    for host in (draw_host(view, width, everything=True), draw_host(view, width)):
        if host and len(whole) + 1 + len(host) <= rows:
            return [*whole, [], *host]
    return [*whole, draw_host_line(view.host, width)] if view.host and len(whole) < rows else whole


def draw_machine(view: SessionView, width: int, rows: int, *, everything: bool = False) -> list[Line]:
    """The cards, and the host in full where there is room for both, else in the last line."""
    host = draw_host(view, width, everything=everything)
    if view.gpu is None or not view.gpu.gpus:
        calm = _calm(view.gpu, width)
        if len(host) > rows:
            host = draw_host(view, width, everything=everything, brief=True)
        return [*host, *(calm if not host or len(host) + len(calm) <= rows else [])][:rows]
    if view.host is None:
        return draw_gpus(view, width, rows)
    cards = draw_gpus(view, width, rows if len(view.gpu.gpus) >= rows > 1 else max(rows - 1, 1))
    if len(cards) + 1 + len(host) <= rows:
        return [*cards, [], *host]
    return [*cards, draw_host_line(view.host, width)][:rows]


def draw_gpus(view: SessionView, width: int, rows: int) -> list[Line]:
    """One card in full; of several a row each; then who holds their memory, as there is room."""
    sample = view.gpu
    if sample is None or not sample.gpus:
        return _calm(sample, width)
    if len(sample.gpus) == 1:
        lines = draw_card(sample.gpus[0], view, width)
    else:
        lines = draw_table(sample, view, width)
        lines = lines if len(lines) <= rows else lines[1:]
    users = draw_users(sample.users, width)
    if users and len(lines) + 1 + len(users) <= rows:
        return [*lines, [], *users]
    if len(lines) <= rows or len(sample.gpus) == 1:
        return lines[:rows]
    room = max(rows - 1, 0)
    more = len(lines) - room
    return [*lines[:room], [Span(f"{more} more cards need a taller window", "muted")]]


def _heading(sample: GpuSample, room: int) -> Line:
    if len(sample.gpus) > 1:
        return [Span(f"{len(sample.gpus)} cards", "muted")]
    gpu = sample.gpus[0]
    name = Part(0, [Span(clean_line(gpu.name, 40), "title")])
    return choose([name, Part(1, [Span(clean_line(gpu.gfx or gpu.pci, 20), "muted")])], room, " ")


def _foot(view: SessionView, sample: GpuSample) -> Line:
    """How old the figures are where that matters, else where they come from."""
    if sample.stale:
        return [Span(f"⚠ no answer for {text.seconds(view.at_ns - sample.at_ns)}", "warning", "stale")]
    sources = sorted({source.split()[0] for gpu in sample.gpus for source in gpu.sources.values()})
    return [Span(clean_line(", ".join(sources), 40), "muted")] if sources else []


def _calm(sample: GpuSample | None, width: int) -> list[Line]:
    if sample is None:
        return [[Span("Looking for GPUs.", "muted")]]
    sentences = [*(sample.notes or ("No AMD GPU found.",)), "Everything else works without one."]
    return [line for said in sentences for line in wrapped(said, width, "muted")]
