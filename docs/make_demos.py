"""Records the packaged runs: rocmtui/demos/*.rocmrun.

    python docs/make_demos.py               all of them, about three minutes on a quiet machine
    python docs/make_demos.py load queue    only these

Each is a real run of the embedded server with the demo model, redacted. The figures of the card in
`gpu` alone are invented: they come from a pretend /sys, and the run is marked as scripted. That one
needs Linux's `unshare`, and in $ROCMTUI_CARD_SCRIPTS the folder of the scripts that lay out a recorded
card (mkfake.py, with_fake_sys.sh).
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pretend_card import STEP_S, PretendCard, make_tree  # noqa: E402

from rocmtui.adapters.models.demo_model import demo_model_path  # noqa: E402
from rocmtui.adapters.runs.pack import SUFFIX, pack_run  # noqa: E402
from rocmtui.core.server.state import ServerState  # noqa: E402
from rocmtui.services.session.demo import demo_plan, demo_scenario  # noqa: E402
from rocmtui.services.session.live import LiveSession  # noqa: E402
from rocmtui.wiring.sessions import live_session  # noqa: E402

OUT = ROOT / "rocmtui" / "demos"
SCRIPTS = Path(os.environ.get("ROCMTUI_CARD_SCRIPTS", "card-scripts"))
IDLE_S = 2.0
SPILL_AT, CALM_AT = 0.65, 0.88
"""Shares of the run between which the scripted card overflows."""


@dataclass(frozen=True)
class Demo:
    """One run: so many slots, workers as (from this share of the run, so many)."""

    parallel: int
    workers: tuple[tuple[float, int], ...]
    seconds: float
    slo: tuple[str, ...] = ()


DEMOS = {
    "load": Demo(parallel=4, workers=((0.0, 4), (0.45, 6)), seconds=40, slo=("ttft_p95<2s",)),
    "gpu": Demo(parallel=4, workers=((0.0, 4), (0.35, 6)), seconds=40, slo=("ttft_p95<2s",)),
    "queue": Demo(parallel=2, workers=((0.0, 8),), seconds=30, slo=("ttft_p95<1s", "itl_p95<50ms")),
}


def main() -> int:
    """Record what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("demo", nargs="*", choices=[[], *DEMOS], help="default: all")
    parser.add_argument("--inside", metavar="DIR", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.inside is not None:
        asyncio.run(record(DEMOS["gpu"], args.inside, PretendCard(Path("/sys"))))
        return 0
    OUT.mkdir(exist_ok=True)
    for name in args.demo or DEMOS:
        with tempfile.TemporaryDirectory(prefix="rocmtui-demo-") as folder:
            if name == "gpu":
                if not (SCRIPTS / "mkfake.py").is_file():
                    print(f"gpu: not recorded, ROCMTUI_CARD_SCRIPTS: no {SCRIPTS}/mkfake.py", file=sys.stderr)
                    return 1
                record_scripted(Path(folder))
            else:
                asyncio.run(record(DEMOS[name], Path(folder) / "runs"))
            (run,) = (Path(folder) / "runs").iterdir()
            size = pack_run(run, OUT / f"{name}{SUFFIX}", redact=True)
        print(f"{OUT / name}{SUFFIX}  {size / 1024:.0f} KiB")
    return 0


def record_scripted(folder: Path) -> None:
    """The same over a pretend /sys, which needs a process with mounts of its own."""
    tree = folder / "tree"
    make_tree(SCRIPTS, tree)
    command = [SCRIPTS / "with_fake_sys.sh", tree, sys.executable, __file__, "--inside", folder / "runs"]
    subprocess.run(command, check=True)


async def record(demo: Demo, runs: Path, card: PretendCard | None = None) -> None:
    """Run one demo below `runs`."""
    session = live_session(runs=runs, scripted=card)
    moving = None if card is None else asyncio.create_task(card.follow(session.view))
    session.begin()
    try:
        await asyncio.sleep(IDLE_S)
        plan = demo_plan(str(demo_model_path()), demo.parallel)
        status = await session.start_server(msgspec.structs.replace(plan, gpu="none"))
        if status.state is not ServerState.READY:
            raise session.server_error()
        await asyncio.sleep(IDLE_S)
        scenario = demo_scenario(demo.workers[0][1], demo.seconds)
        await session.start_load(
            msgspec.structs.replace(scenario, slo=demo.slo, warmup_requests=demo.workers[0][1])
        )
        await asyncio.gather(session.wait_load(), tell_story(session, demo, card))
    finally:
        await session.close()
        if moving is not None:
            moving.cancel()
            with suppress(asyncio.CancelledError):
                await moving


async def tell_story(session: LiveSession, demo: Demo, card: PretendCard | None) -> None:
    """Change the workers, and the card, at their times; ends with the load."""
    waiting = list(demo.workers[1:])
    while (live := session.view().live) is None or live.phase != "done":
        share = (live.elapsed_ns / 1e9 if live else 0.0) / demo.seconds
        if waiting and share >= waiting[0][0]:
            await session.set_concurrency(waiting.pop(0)[1])
        if card is not None:
            card.spills = SPILL_AT <= share < CALM_AT
        await asyncio.sleep(STEP_S)


if __name__ == "__main__":
    sys.exit(main())
