from __future__ import annotations

from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch_memory import LaunchMemory, name_problem
from rocmtui.core.session.settings import Settings
from tests.fakes.launch_catalog import MemoryStore

PLAN = LaunchPlan(model="/m.gguf", parallel=8)


def test_the_last_plan_and_profiles_are_kept():
    store = MemoryStore(Settings(theme="rocm"))
    memory = LaunchMemory(store)
    assert memory.read() == ()
    assert memory.keep_last(PLAN) is None
    assert memory.keep_profile("fast", PLAN) is None
    assert store.settings == Settings(theme="rocm", launch=PLAN, profiles={"fast": PLAN})
    assert memory.forget_profile("fast") is None
    assert memory.profiles == ()


def test_a_change_made_elsewhere_is_not_undone():
    store = MemoryStore()
    memory = LaunchMemory(store)
    memory.read()
    store.settings = Settings(theme="paper")
    memory.keep_last(PLAN)
    assert store.settings.theme == "paper"


def test_a_broken_store_is_told_and_nothing_is_lost():
    memory = LaunchMemory(MemoryStore(broken="config.toml: not TOML"))
    assert memory.read() == ("config.toml: not TOML",)
    assert memory.keep_last(PLAN) == "config.toml: not TOML"


def test_a_key_is_not_kept():
    store = MemoryStore()
    memory, plan = LaunchMemory(store), LaunchPlan(model="/m.gguf", extra_args=("-hft", "secret"))
    for told in (memory.keep_last(plan), memory.keep_profile("fast", plan)):
        assert told is not None
        assert told.startswith("not kept: a token")
    assert store.settings == Settings()


def test_names_of_profiles():
    assert name_problem(" ") == "a name, please"
    assert name_problem("x" * 41) == "at most 40 characters"
    assert name_problem("big context") is None
