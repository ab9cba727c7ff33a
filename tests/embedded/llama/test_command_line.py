"""The embedded server's command line reads, refuses and prints as llama-server's does."""

import pytest

from rocmtui.embedded.llama.command_line import FlagError, parse_command_line
from rocmtui.embedded.llama.options import FLAGS, HELP
from rocmtui.embedded.llama.values import EnumName


def values(*words: str, **environment: str) -> dict[str, object]:
    return parse_command_line(words, environment).values


def test_options_become_params() -> None:
    got = values(
        "-m", "a.gguf", "-np", "2", "-c", "1024", "-fa", "on", "-ctk", "q8_0", "--no-slots", "--metrics"
    )
    assert got == {
        "port": 8080,
        "n_parallel": 2,
        "model.path": "a.gguf",
        "n_ctx": 1024,
        "flash_attn_type": EnumName("llama_flash_attn_type", "LLAMA_FLASH_ATTN_TYPE_ENABLED"),
        "cache_type_k": EnumName("ggml_type", "GGML_TYPE_Q8_0"),
        "endpoint_slots": False,
        "endpoint_metrics": True,
    }


@pytest.mark.parametrize(
    ("words", "first_line"),
    [
        (("--frobnicate",), "error: invalid argument: --frobnicate"),
        (("-c", "many"), 'error while handling argument "-c": stoi'),
        (("-c", "99999999999999"), 'error while handling argument "-c": stoi'),
        (("-c",), 'error while handling argument "-c": expected value for argument'),
        (("-np", "0"), 'error while handling argument "-np": error: invalid value for n_parallel'),
        (("-ctk", "q9"), 'error while handling argument "-ctk": Unsupported cache type: q9'),
        (
            ("-fa", "-c"),
            "error while handling argument \"-fa\": error: unknown value for --flash-attn: '-c'",
        ),
    ],
)
def test_bad_options_are_refused_in_its_words(words: tuple[str, ...], first_line: str) -> None:
    with pytest.raises(FlagError) as caught:
        parse_command_line(words, {})
    assert str(caught.value).split("\n")[0] == first_line


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("4294967295", 4_294_967_295), ("-1", 4_294_967_295)])
def test_a_seed_has_no_sign_but_minus_one_is_the_random_one(text: str, value: int) -> None:
    assert values("--seed", text)["sampling.seed"] == value


def test_the_environment_counts_and_the_command_line_wins_with_a_warning() -> None:
    assert values(LLAMA_ARG_CTX_SIZE="512")["n_ctx"] == 512
    line = parse_command_line(["-c", "1024"], {"LLAMA_ARG_CTX_SIZE": "512"})
    assert line.values["n_ctx"] == 1024
    assert line.warnings == [
        "warn: LLAMA_ARG_CTX_SIZE environment variable is set, "
        "but will be overwritten by command line argument -c"
    ]
    assert values(LLAMA_API_KEY="one,two")["api_keys"] == ["one", "two"]
    assert values(LLAMA_ARG_ENDPOINT_METRICS="1")["endpoint_metrics"] is True


def test_underscores_are_dashes_in_long_names() -> None:
    assert values("--ctx_size", "256")["n_ctx"] == 256


def test_layer_counts_in_words() -> None:
    assert [values("-ngl", text)["n_gpu_layers"] for text in ("auto", "all", "0", "33")] == [-1, -2, 0, 33]


def test_help_lists_every_option_in_the_known_columns() -> None:
    lines = HELP.split("\n")
    assert lines[0] == "----- common params -----"
    assert any(line.startswith("-c,    --ctx-size N                     context of") for line in lines)
    for flag in FLAGS:
        assert any(line.startswith(flag.names[0]) for line in lines)


def test_no_name_is_used_twice() -> None:
    names = [name for flag in FLAGS for name in flag.names + flag.negative]
    assert len(names) == len(set(names))
