"""The first and the last line of a screen: what runs, and the keys."""

from __future__ import annotations

from collections.abc import Iterable

from textual.actions import parse
from textual.binding import Binding, BindingType

from rocmtui.core.server.state import ServerState
from rocmtui.core.server.url import port_of
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms as text
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw.lines import Line, Part, Span, choose, cut, ends, fit, width_of
from rocmtui.tui.draw.panel import Drawn

STATE_LOOKS = {
    ServerState.STOPPED: ("○", "muted"),
    ServerState.STARTING: ("◐", "warning"),
    ServerState.READY: ("●", "good"),
    ServerState.UNRESPONSIVE: ("◌", "warning"),
    ServerState.STOPPING: ("◑", "warning"),
    ServerState.FAILED: ("✗", "bad"),
}


class HeaderLine(Drawn):
    """Model, server state and how it was started."""

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """The server, and the time for how long it has been so."""
        return (view.server, view.at_ns // 1_000_000_000, view.replay, view.label, view.source)

    def show_view(self, view: SessionView) -> None:
        """Compare by value: the seconds are a new object each time."""
        if self.needs(view) != self._needs:
            super().show_view(view)

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """One line."""
        server, facts = view.server, view.server.facts
        glyph, role = STATE_LOOKS[server.state]
        named = facts.model or (server.plan.model if server.plan else "")
        model = clean_line(text.model_name(named), 60) if named else ""
        state = server.state.value + (" (attached)" if server.attached else "")
        quantization = text.quantization(facts.quantization) if facts.quantization else ""
        backend = None if facts.backend == "CPU" else facts.backend
        build = clean_line(" ".join(filter(None, (backend, facts.build))), 60)
        parts = [
            Part(0, [Span(" rocmtui ", "chip")]),
            Part(1, [Span(cut(model, max(width // 3, 16)), "title")]),
            Part(3, [Span(clean_line(quantization, 20), "muted")]),
            Part(0, [Span(f"{glyph} {state}", role, "server_state")]),
            Part(1, _cpu(view)),
            Part(4, _uptime(view)),
            Part(6, _where(view)),
            Part(7, [Span(build, "muted", "build")]),
            Part(5, _slots(view)),
        ]
        right = [*self._recording(), *_replay(view, width)]
        shown = [part for part in parts if any(span.text.strip() for span in part.spans)]
        return [ends(choose(shown, width - width_of(right) - 2), right, width)]

    def _recording(self) -> Line:
        on = self._app.is_recording
        return [Span(" ● rec ", "bad", action="app.record")] if on else []


ROOM_FOR_POSITION = 90


FootKey = tuple[str, str, str]
"""A key as it is written, what it does in a word or two, and its action."""


class KeyLine(Drawn):
    """The keys of the place one is in; each can be clicked."""

    def __init__(self, keys: Iterable[BindingType], *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes="key-line")
        self._keys = tuple(foot_key(key) for key in keys if not isinstance(key, Binding) or key.show)
        self._actions = [parse(action) for _, _, action in self._keys]

    def needs(self, view: SessionView) -> tuple[object, ...]:
        """Which panel has the focus, and which keys do something now."""
        return (self.screen.focused, sum(on << at for at, on in enumerate(self._offered())))

    def draw(self, view: SessionView, width: int, height: int) -> list[Line]:
        """As many keys as fit: those of the focused panel, then the first named longest.

        In a line one types in its own alone: letters go into it.
        """
        offered = (key for key, on in zip(self._keys, self._offered(), strict=True) if on)
        typed = getattr(self.screen.focused, "KEYS_WHILE_TYPING", ())
        keys = typed or (*self._of_focused(), *offered)
        parts = [Part(rank, _key(*key)) for rank, key in enumerate(keys)]
        parts += [] if typed else [Part(-1, _key("?", "all keys", "app.help"))]
        return [fit([Span(" "), *choose(parts, width - 2)], width)]

    def _offered(self) -> list[bool]:
        return [
            bool((self.app if where == "app" else self.screen).check_action(name, given))
            for where, name, given in self._actions
        ]

    def _of_focused(self) -> list[tuple[str, str, str]]:
        keys = getattr(self.screen.focused, "keys_now", ())
        return [(key, words, f"screen.focused('{action}')") for key, words, action in keys]


def foot_key(key: BindingType) -> FootKey:
    """A key of a foot as it is; a screen's binding, its own or one of the app's, as it stands there."""
    if not isinstance(key, Binding):
        shown, words, *action = key
        return shown, words, "".join(action)
    action_of = key.action if key.action.startswith("app.") else f"screen.{key.action}"
    return key.key_display or key.key, key.description, action_of


def _key(shown: str, words: str, action: str) -> Line:
    return [Span(shown, "accent", action=action), Span(f" {words}", "muted", action=action)]


def _uptime(view: SessionView) -> Line:
    if view.server.state in (ServerState.STOPPED, ServerState.FAILED):
        return []
    return [Span(text.clock(view.at_ns - view.server.since_ns), "text", "uptime")]


def _cpu(view: SessionView) -> Line:
    """That it runs on the CPU is said at every width, and in amber where there is a card."""
    if view.server.facts.backend != "CPU":
        return []
    return [
        Span("⚠ CPU", "warning", "build") if view.gpu and view.gpu.gpus else Span("CPU", "muted", "build")
    ]


def _where(view: SessionView) -> Line:
    server = view.server
    port = port_of(server.url or "")
    words = [f"pid {server.pid}" if server.pid else "", f":{port}" if port else ""]
    return [Span(" ".join(filter(None, words)), "muted")]


def _slots(view: SessionView) -> Line:
    facts = view.server.facts
    if facts.parallel is None:
        return []
    context = f" × {text.count(facts.n_ctx)}" if facts.n_ctx is not None else ""
    return [Span("slots ", "muted"), Span(f"{facts.parallel}{context}", "text", "slots")]


def _replay(view: SessionView, width: int) -> Line:
    """Where a replay stands; where it is narrow the time bar alone tells that."""
    replay = view.replay
    scripted = [Span(" scripted ", "warning")] if view.source == "scripted" else []
    if replay is None:
        return scripted
    state = "▶" if replay.playing else "❚❚"
    if width < ROOM_FOR_POSITION:
        return [*scripted, Span(f" replay {state} ", "accent")]
    at = f"{text.position(replay.position_ns)}/{text.position(replay.duration_ns)}"
    return [*scripted, Span(f" replay {state} {at} ×{replay.speed:g} ", "accent")]
