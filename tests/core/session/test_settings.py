from __future__ import annotations

import pytest

from rocmtui.core.load.draft.fields import LoadDraft
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.settings import Settings, read_settings, unknown_keys, write_settings
from rocmtui.errors import UsageError

FULL = Settings(
    theme="rocm",
    model_dirs=("/models",),
    launch=LaunchPlan(model="/m/ü.gguf", parallel=8, cache_type_k="q8_0", extra_args=("--mlock", "-ub 512")),
    load=LoadDraft(shape="poisson", rate="2.5", slo="ttft_p95<500ms"),
    profiles={"big context": LaunchPlan(model="/m/b.gguf", ctx_per_slot=32768)},
)


def test_settings_survive_the_file():
    assert read_settings(write_settings(FULL)) == FULL


def test_an_empty_file_gives_defaults():
    assert read_settings("") == Settings()


def test_unknown_keys_are_told_and_kept():
    text = 'thme = "rocm"\n[launch]\nmodel = "/m.gguf"\nmagic = 3\n[future]\ndeep = {a = 1}\n'
    settings = read_settings(text)
    assert unknown_keys(settings) == (
        "unknown setting 'thme'; did you mean 'theme'?",
        "unknown setting 'launch.magic'; it is kept as it is",
        "unknown setting 'future.deep.a'; it is kept as it is",
    )
    assert read_settings(write_settings(settings)) == settings


def test_a_wrong_type_names_the_key():
    with pytest.raises(UsageError, match=r"launch\.parallel: expected `int`, got `str`"):
        read_settings('[launch]\nmodel = "/m.gguf"\nparallel = "four"\n')


def test_a_number_without_sense_is_refused():
    with pytest.raises(UsageError, match="parallel = 0 in 'fast'"):
        read_settings('[profiles.fast]\nmodel = "/m.gguf"\nparallel = 0\n')


def test_what_is_no_toml_names_the_line():
    with pytest.raises(UsageError, match=r"not TOML: .*line 2"):
        read_settings("a = 1\nb = = 2\n")
