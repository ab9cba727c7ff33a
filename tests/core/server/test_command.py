"""The command line follows the build that is to run it, and leaves to the user what the user gives."""

import pytest

from rocmtui.core.server.build import ServerBuild, read_build
from rocmtui.core.server.command import server_arguments
from rocmtui.core.server.state import LaunchPlan
from rocmtui.embedded.llama.options import HELP
from rocmtui.errors import UsageError
from tests.core.server.test_build import HELP_2024

EMBEDDED = read_build(HELP, "")
OLD = read_build(HELP_2024, "version: 6297 (1cf123a3)")


def words(
    plan: LaunchPlan, build: ServerBuild = EMBEDDED, *, gpu_expected: bool = False, ctx_per_slot: int = 2048
) -> list[str]:
    return list(
        server_arguments(plan, build, port=8081, ctx_per_slot=ctx_per_slot, gpu_expected=gpu_expected).words
    )


def test_a_plan_in_the_spelling_of_today() -> None:
    plan = LaunchPlan(
        model="m.gguf", parallel=3, flash_attn="on", cache_type_k="q8_0", alias="tiny", gpu_layers="20"
    )
    assert " ".join(words(plan)) == (
        "-m m.gguf --host 127.0.0.1 --port 8081 -np 3 -c 6144 --metrics --slots --no-ui -lv 4 "
        "--sse-ping-interval 2 -fa on -fit off -ctk q8_0 --alias tiny -ngl 20"
    )


def test_a_plan_in_the_spelling_of_2024() -> None:
    plan = LaunchPlan(model="m.gguf", flash_attn="on")
    assert " ".join(words(plan, OLD, gpu_expected=True)) == (
        "-m m.gguf --host 127.0.0.1 --port 8081 -np 4 -c 8192 --metrics -fa -ngl 999"
    )
    off = LaunchPlan(model="m.gguf", flash_attn="off")
    assert "-fa" not in words(off, OLD)


def test_a_build_that_fits_itself_chooses_its_layers() -> None:
    got = words(LaunchPlan(model="m.gguf"), gpu_expected=True)
    assert "-ngl" not in got
    assert "-fit" not in got


def test_a_program_that_told_nothing_gets_only_what_every_build_has() -> None:
    plan = LaunchPlan(model="m.gguf", cache_type_v="q8_0")
    assert " ".join(words(plan, ServerBuild())) == (
        "-m m.gguf --host 127.0.0.1 --port 8081 -np 4 -c 8192 -ctv q8_0"
    )


def test_what_the_build_lacks_is_refused_if_it_was_asked_for() -> None:
    with pytest.raises(UsageError, match=r"b6297 \(1cf123a3\)\) has no -ctk"):
        words(LaunchPlan(model="m.gguf", cache_type_k="q8_0"), OLD)


@pytest.mark.parametrize(
    ("extra", "gone"),
    [
        (("-c", "1000"), ("-c", "8192")),
        (("--ctx-size", "1000"), ("-c", "8192")),
        (("--parallel", "7"), ("-np", "4")),
        (("--webui",), ("--no-ui",)),
        (("-lv", "5"), ("-lv", "4")),
        (("--no-slots",), ("--slots",)),
    ],
)
def test_an_option_the_user_gives_replaces_ours(extra: tuple[str, ...], gone: tuple[str, ...]) -> None:
    ours = words(LaunchPlan(model="m.gguf"))
    got = words(LaunchPlan(model="m.gguf", extra_args=extra))
    start = ours.index(gone[0])
    assert got == [*ours[:start], *ours[start + len(gone) :], *extra]


def test_a_negative_value_is_no_option() -> None:
    got = words(LaunchPlan(model="m.gguf", extra_args=("--cache-ram", "-1")))
    assert got[-2:] == ["--cache-ram", "-1"]


@pytest.mark.parametrize("word", ["--port", "--host", "-m", "--model"])
def test_what_rocmtui_must_know_cannot_be_passed_behind_its_back(word: str) -> None:
    with pytest.raises(UsageError, match=f"{word} after `--`"):
        words(LaunchPlan(model="m.gguf", extra_args=(word, "1")))


@pytest.mark.parametrize("word", ["--api-key", "--api-key-file"])
def test_a_key_is_not_taken_on_the_command_line(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        words(LaunchPlan(model="m.gguf", extra_args=(word, "secret")))
    assert "--api-key-env" in str(caught.value.remedy)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("given", [("-hft", "secret"), ("--hf-token=secret",)])
def test_a_token_is_not_taken_on_the_command_line(given: tuple[str, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        words(LaunchPlan(model="m.gguf", extra_args=given))
    assert "HF_TOKEN" in str(caught.value.remedy)
    assert "secret" not in str(caught.value)


def test_the_total_context_is_said_aloud() -> None:
    arguments = server_arguments(LaunchPlan(model="m.gguf"), EMBEDDED, port=1, ctx_per_slot=4096)
    assert arguments.notes == ("4 slots x 4096 tokens of context: -c 16384",)


def test_fewer_cores_than_the_machine_has_are_told_to_the_server() -> None:
    def threads(*extra: str) -> str:
        plan = LaunchPlan(model="m.gguf", extra_args=extra)
        made = server_arguments(plan, EMBEDDED, port=1, ctx_per_slot=512, threads=3)
        assert any("3 cores" in note for note in made.notes) == ("-t" in made.words and "-t" not in extra)
        return " ".join(made.words).partition("-fit off ")[2]

    assert threads() == "-t 3 -tb 3"
    assert threads("-t", "8") == "-t 8"
    assert threads("-tb", "8") == "-t 3 -tb 8"
    assert threads("--cpu-mask", "3") == "--cpu-mask 3"
