"""What of a plan decides how much memory its server takes."""

from __future__ import annotations

import pytest

from rocmtui.core.gguf.vram_estimate import CacheOptions
from rocmtui.core.gpu.memory.need import options_of
from rocmtui.core.server.state import LaunchPlan


@pytest.mark.parametrize(
    ("words", "options"),
    [
        ((), CacheOptions()),
        (("--swa-full",), CacheOptions(swa_full=True)),
        (("-kvu",), CacheOptions(unified=True)),
        (("--kv-unified", "-ub", "256"), CacheOptions(unified=True, ubatch=256)),
        (("-no-kvu",), CacheOptions()),
    ],
)
def test_flags_for_the_server_that_size_its_cache(words: tuple[str, ...], options: CacheOptions) -> None:
    assert options_of(LaunchPlan(model="m.gguf", extra_args=words)) == options
