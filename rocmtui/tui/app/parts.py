"""What the app is given besides its session; wiring makes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

import msgspec

from rocmtui.core.session.face_ports import LaunchCatalog, ReplayControls, Session, SettingsStore

if TYPE_CHECKING:
    from rocmtui.core.bench.plan.cells import BenchPlan
    from rocmtui.core.bench.view import BenchControl
    from rocmtui.core.compare.verdicts import Comparison
    from rocmtui.core.result.card import ResultCard
    from rocmtui.core.runs.ports import RunShelf
    from rocmtui.core.sweep.report import SweepPlan
    from rocmtui.core.sweep.view import SweepControl
    from rocmtui.tui.app.screen_recorder import ScreenRecorder
    from rocmtui.tui.server.attach import FoundServer


class Replay(Session, ReplayControls, Protocol):
    """A session that is a replay."""


class AppParts(msgspec.Struct, frozen=True):
    """What the app is given besides its session."""

    catalog: LaunchCatalog
    settings: SettingsStore
    shelf: RunShelf
    open_replay: Callable[[str], Awaitable[Replay]]
    """A past run. Raises RocmtuiError."""
    compare: Callable[[str, str], Awaitable[Comparison]]
    find_servers: Callable[[], Awaitable[tuple[FoundServer, ...]]]
    demo: Callable[[], Awaitable[None]]
    """Start the demo's server and load. Raises RocmtuiError."""
    recorder: ScreenRecorder | None = None
    result: Callable[[str], Awaitable[ResultCard]] | None = None
    """The card of a run's folder. Raises RunFolderError."""
    bench: Callable[[BenchPlan], BenchControl] | None = None
    """A bench over the app's session. Raises RocmtuiError."""
    bench_of: Callable[[str, str], Awaitable[BenchPlan]] | None = None
    """The bench that tells two runs apart. Raises RocmtuiError."""
    sweep: Callable[[SweepPlan], SweepControl] | None = None
    """A sweep over it. Raises RocmtuiError."""
