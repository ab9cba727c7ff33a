"""Replies of llama-server's endpoints, of today and of earlier years, and of servers that are none."""

import pytest

from rocmtui.core.server.models import read_models
from rocmtui.core.server.replies import add_model, read_props, read_requests, read_slots
from rocmtui.core.server.slot_rates import SlotRates
from rocmtui.core.server.state import ServerFacts, SlotReading

PROPS = b"""{"default_generation_settings":{"params":{"seed":1},"n_ctx":2048},"total_slots":4,
"model_alias":"/models/gemma.gguf","model_ftype":"Q4_K - Medium","model_path":"/models/gemma.gguf",
"endpoint_slots":true,"endpoint_metrics":true,"build_info":"b0-unknown","is_sleeping":false}"""
MODELS = b"""{"data":[{"id":"gemma","meta":{"n_ctx_train":32768,"n_params":268098176,"size":246587904}}]}"""


def add_models(facts: ServerFacts, body: bytes) -> ServerFacts | None:
    """With what the first of /v1/models adds; None where the body is no list of models."""
    models = read_models(body)
    if models is None:
        return None
    return add_model(facts, models[0]) if models else facts


def test_props_and_models_make_the_facts() -> None:
    props = read_props(PROPS)
    assert props is not None
    assert (props.is_router, props.is_sleeping) == (False, False)
    assert add_models(props.facts, MODELS) == ServerFacts(
        build="b0-unknown",
        model="gemma.gguf",
        model_path="/models/gemma.gguf",
        quantization="Q4_K_M",
        model_bytes=246587904,
        n_params=268098176,
        n_ctx_train=32768,
        parallel=4,
        n_ctx=2048,
    )


def test_props_of_2024_a_router_and_strangers() -> None:
    old = read_props(b'{"total_slots":1,"default_generation_settings":{"n_ctx":512},"chat_template":""}')
    assert old is not None
    assert (old.facts.parallel, old.facts.n_ctx, old.facts.slots_endpoint) == (1, 512, True)
    router = read_props(b'{"role":"router","max_instances":4}')
    assert router is not None
    assert router.is_router
    assert read_props(b"<html>") is None
    assert read_props(b'{"object":"list"}') is None
    assert read_props(b'{"total_slots":"four"}') is None


def test_models_of_other_servers() -> None:
    unknown = ServerFacts(is_llama_server=False)
    vllm = add_models(unknown, b'{"object":"list","data":[{"id":"qwen","max_model_len":4096}]}')
    assert vllm is not None
    assert vllm.model == "qwen"
    assert add_models(unknown, b'{"models":[]}') is None
    assert add_models(unknown, b'{"data":[]}') == unknown


def test_a_fresh_slot_and_a_busy_one() -> None:
    body = b"""[{"id":0,"n_ctx":2048,"speculative":false,"is_processing":false},
    {"id":1,"n_ctx":2048,"is_processing":true,"id_task":7,"n_prompt_tokens":154,"n_prompt_tokens_processed":68,
     "n_prompt_tokens_cache":1,"params":{"n_predict":200},
     "next_token":[{"has_next_token":true,"n_remain":114,"n_decoded":86}]}]"""
    assert read_slots(body) == (
        SlotReading(id=0, n_ctx=2048, is_processing=False),
        SlotReading(
            id=1,
            n_ctx=2048,
            is_processing=True,
            task=7,
            ctx_tokens=154,
            prompt_processed=68,
            prompt_cached=1,
            decoded=86,
            remaining=114,
        ),
    )


def test_slots_of_earlier_years() -> None:
    body = b"""[{"id":0,"id_task":3,"state":1,"n_ctx":512,"n_past":90,"prompt":"secret","n_prompt_tokens":40,
    "next_token":{"n_remain":-1,"n_decoded":50}},{"id":1,"state":0,"n_ctx":512,"id_task":-1}]"""
    assert read_slots(body) == (
        SlotReading(id=0, n_ctx=512, is_processing=True, task=3, ctx_tokens=90, decoded=50),
        SlotReading(id=1, n_ctx=512, is_processing=False),
    )
    assert read_slots(b'{"error":{"code":501}}') is None


def test_the_live_gauges_of_metrics() -> None:
    body = (
        "# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing 4\n"
        "llamacpp:requests_deferred 2\nllamacpp:tokens_predicted_total 1.01417e+06\n"
    )
    found = read_requests(body)
    assert (found.processing, found.deferred) == (4, 2)
    assert read_requests("nothing").deferred is None


def slot(task: int, decoded: int, *, busy: bool = True) -> tuple[SlotReading, ...]:
    return (SlotReading(id=0, n_ctx=512, is_processing=busy, task=task, decoded=decoded),)


def test_speed_of_a_slot_is_the_difference_within_its_task() -> None:
    rates = SlotRates()
    readings = [
        (0.0, slot(1, 0), None),
        (0.5, slot(1, 10), None),
        (1.0, slot(1, 30), 40.0),
        (2.0, slot(1, 50), 40 / 1.5),
        (3.0, slot(1, 60), 30 / 2.0),
        (3.5, slot(2, 5), None),
        (4.0, slot(2, 10), 10.0),
        (4.5, slot(2, 0, busy=False), None),
        (5.0, slot(2, 12), None),
    ]
    for at_s, reading, tps in readings:
        assert rates.observe(reading, int(at_s * 1e9))[0].tps == tps, f"at {at_s} s"


@pytest.mark.parametrize("body", [b'{"model_alias":"caf\xe9","data":[{"id":"caf\xe9"}]}', b"[" * 100_000])
def test_what_cannot_be_read_is_no_reply(body: bytes) -> None:
    assert read_props(body) is None
    assert add_models(ServerFacts(), body) is None
