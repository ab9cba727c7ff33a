from __future__ import annotations

from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import BinaryFound
from rocmtui.errors import RocmtuiError
from rocmtui.tui.launch.machine import Machine
from tests.fakes.launch_catalog import CARD, INTEGRATED, MODELS, ScriptedCatalog

PLAN = LaunchPlan(model=MODELS[1].path)


async def test_cards_are_told_before_the_server_is_found_and_a_refusal_is_kept_as_its_problem() -> None:
    class Broken(ScriptedCatalog):
        async def binary(self) -> BinaryFound:
            raise RocmtuiError("none on PATH", "give --server-bin")

    seen: list[tuple[GpuReading, ...]] = []
    machine = Machine(Broken())
    assert not machine.known
    await machine.find(seen.append)
    assert seen == [(CARD, INTEGRATED)] == [machine.gpus]
    assert machine.known
    assert machine.binary is not None
    assert "none on PATH" in (machine.binary.problem or "")


async def test_what_is_to_be_asked_before_a_start_comes_in_its_order() -> None:
    catalog = ScriptedCatalog(binary=BinaryFound(path="/s", backend="CPU"))
    machine = Machine(catalog)
    assert machine.doubts(PLAN) == []
    await machine.find(lambda _: None)
    large = LaunchPlan(model=MODELS[0].path, parallel=64)
    assert [title for title, _ in machine.doubts(large)] == ["this will run on the CPU", "this will not fit"]
    catalog.doubt = "two cards are alike"
    gpu_wanted = LaunchPlan(model=MODELS[1].path, gpu_layers="0")
    assert machine.doubts(gpu_wanted) == [("which GPU?", "two cards are alike. Start on the one auto takes?")]
