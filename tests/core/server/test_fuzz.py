"""Whatever a server or a program prints, reading it gives a result: no exception, no endless search."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rocmtui.core.server.build import read_build
from rocmtui.core.server.diagnosis.explain import diagnose
from rocmtui.core.server.log.line import read_line
from rocmtui.core.server.log.stages import LoadStages
from rocmtui.core.server.replies import read_props, read_requests, read_slots
from rocmtui.core.server.state import ServerFacts
from tests.core.server.test_replies import add_models

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["id", "data", "meta", "n_ctx", "next_token", "role", "total_slots", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.text(max_size=300))
def test_any_line_of_a_log(text: str) -> None:
    stages = LoadStages()
    for raw in (text, "{" + text, f"0.00.000.001 E {text}", f"CPU {text} buffer size = 1.0 MiB"):
        line = read_line(raw)
        assert isinstance(line.shown, str)
        stages.observe(line, 0)
        diagnose(1, [line.text], during_start=True)
    assert all(memory.weights_bytes >= 0 for memory in stages.memory)


@given(JSON)
@settings(max_examples=200)
def test_any_json(value: object) -> None:
    import msgspec

    body = msgspec.json.encode(value)
    read_props(body)
    read_slots(body)
    add_models(ServerFacts(), body)


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    assert read_props(body) is None or body
    read_slots(body)
    add_models(ServerFacts(), body)
    read_requests(body.decode(errors="replace"))


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_program(help_text: str, version: str) -> None:
    read_build(help_text, version, version)


@pytest.mark.parametrize("number", ["1.2.3", "9" * 350, "1e+400", "e", ".", "-1", "nan"])
def test_any_number(number: str) -> None:
    stages = LoadStages()
    for line in (
        "CPU KV buffer size = {} MiB",
        "offloaded {}/{} layers to GPU",
        "n_slots = {}",
        "context size reduced from {} to {}",
    ):
        stages.observe(read_line(line.replace("{}", number)), 0)
    read_requests(f"llamacpp:requests_processing {number}")
    read_build("", f"version: {number} (abc)", f"  ROCm0: x ({number} MiB, {number} MiB free)")


def test_no_line_makes_the_search_explode() -> None:
    began = time.process_time()
    for piece in (
        "CPU ",
        "CPU buffer ",
        "using device a (",
        "- ROCm0 : (",
        "-a, --b ",
        "ROCm error: ",
        "couldn't bind ",
    ):
        text = piece * (100_000 // len(piece))
        LoadStages().observe(read_line(text), 0)
        diagnose(1, [text[:1000]] * 400, during_start=True)
        read_build(text, text, text)
    assert time.process_time() - began < 5
