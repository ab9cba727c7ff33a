"""What the launch screen is told of a model that lies outside every place that is searched."""

from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.machine.settings_file import SettingsFile
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import ServerBuild
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.settings import Settings
from rocmtui.wiring import fit
from rocmtui.wiring.launch import MachineCatalog
from tests.fakes.gguf_bytes import gguf_bytes

HEADER = {"general.architecture": "llama", "llama.block_count": 1, "llama.context_length": 2048}
GOOD = gguf_bytes(HEADER, [("a", (32,), 0, 0)], bytes(128))


async def test_models_of_the_settings_are_read_wherever_they_are(isolated_home: Path, tmp_path: Path) -> None:
    mine, other = tmp_path / "mine.gguf", tmp_path / "other.gguf"
    mine.write_bytes(GOOD)
    other.write_bytes(GOOD)
    gone = LaunchPlan(model=str(tmp_path / "gone.gguf"))
    profiles = {"other": LaunchPlan(model=str(other)), "gone": gone}
    SettingsFile().write(Settings(launch=LaunchPlan(model=str(mine)), profiles=profiles))
    found = await MachineCatalog().models()
    assert [model.path for model in found.models] == [str(mine), str(other)]
    assert (found.models[0].name, found.models[0].ctx_train) == ("mine", 2048)
    assert found.models[0].size_bytes == len(GOOD)


async def test_the_chosen_model_is_read_wherever_it_is(isolated_home: Path, tmp_path: Path) -> None:
    blob = tmp_path / "sha256-0123"
    blob.write_bytes(GOOD)
    found = await MachineCatalog().models(str(blob))
    assert [(model.path, model.ctx_train) for model in found.models] == [(str(blob), 2048)]
    assert (await MachineCatalog().models(str(tmp_path / "gone.gguf"))).models == ()


async def test_a_split_model_says_which_part_is_missing(isolated_home: Path, tmp_path: Path) -> None:
    part = tmp_path / "big-00001-of-00002.gguf"
    part.write_bytes(GOOD)
    catalog = MachineCatalog()
    found = await catalog.models(str(part))
    assert [model.problem for model in found.models] == ["part 2 of 2 is missing: download it again"]
    assert catalog.estimate(LaunchPlan(model=str(part))) is None


def test_the_memory_of_a_model_given_by_its_path_is_known(isolated_home: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.gguf").write_bytes(GOOD)
    catalog = MachineCatalog()
    fit = catalog.estimate(LaunchPlan(model=str(tmp_path / "mine.gguf")))
    assert fit is not None
    assert fit.weights_bytes > 0
    assert catalog.estimate(LaunchPlan(model=str(tmp_path / "gone.gguf"))) is None


CARD = GpuReading(
    pci="0000:03:00.0", name="AMD Radeon RX 7900 XTX", vram_total_bytes=24 << 30, vram_used_bytes=1 << 30
)
FULL = msgspec.structs.replace(CARD, vram_used_bytes=(24 << 30) - (200 << 20))
ROCM = ServerBuild(backend="ROCm")


def doubts(model: Path, *gpus: GpuReading, build: ServerBuild = ROCM, **changes: object) -> tuple[str, ...]:
    """What is said before a start on these cards."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(fit, "read_gpus", lambda: gpus)
        return fit.doubts_of(LaunchPlan(model=str(model), **changes), build)  # type: ignore[arg-type]


def test_a_start_onto_a_card_that_is_too_full_is_warned_of(isolated_home: Path, tmp_path: Path) -> None:
    model = tmp_path / "mine.gguf"
    model.write_bytes(GOOD)
    assert doubts(model, CARD) == ()
    (said,) = doubts(model, FULL)
    assert said.startswith("it does not fit: ")
    assert (
        "on AMD Radeon RX 7900 XTX, where 200 MiB of 24.0 GiB are free and llama-server keeps 1.0 GiB" in said
    )
    assert doubts(model, FULL, CARD) == ()
    assert "GPU 0 AMD Radeon RX 7900 XTX limits" in doubts(model, FULL, FULL, gpu="all")[0]
    assert doubts(model, FULL, gpu="none") == doubts(model, FULL, build=ServerBuild(backend="CPU")) == ()
    assert doubts(tmp_path / "gone.gguf", FULL) == doubts(model, FULL, cache_type_k="new") == ()


def test_weights_that_cannot_stay_in_system_memory_are_warned_of(
    isolated_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "mine.gguf"
    model.write_bytes(GOOD)
    monkeypatch.setattr(fit, "usable_memory_bytes", lambda: 10)
    (said,) = doubts(model)
    assert "of the weights stay in system memory, which has room for 10 B" in said
