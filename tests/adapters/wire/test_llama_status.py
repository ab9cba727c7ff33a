"""The probe tells the states of a server apart, and a llama-server from any other."""

import asyncio
import json
import re
from collections.abc import Callable

import httpx
import pytest

from rocmtui.adapters.wire.llama_status import HttpProbe
from rocmtui.core.server.replies import RequestGauges
from rocmtui.errors import NotAnLlmServer, ServerError, StillLoading, UsageError

URL = "http://127.0.0.1:8080"
PROPS = {"total_slots": 2, "default_generation_settings": {"n_ctx": 512}, "model_path": "/m/a.gguf"}
MODELS = {"data": [{"id": "a", "meta": {"n_params": 5}}]}

Handler = Callable[[httpx.Request], httpx.Response]


def probe(handler: Handler, key: str | None = None) -> HttpProbe:
    return HttpProbe(URL, key, transport=httpx.MockTransport(handler))


def routes(**replies: object) -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        name = request.url.path.strip("/").replace("/", "_").replace("-", "_")
        reply = replies.get(name)
        if isinstance(reply, int):
            return httpx.Response(reply)
        return httpx.Response(404) if reply is None else httpx.Response(200, json=reply)

    return answer


def fails(error: Exception) -> Handler:
    def answer(request: httpx.Request) -> httpx.Response:
        raise error

    return answer


@pytest.mark.parametrize(
    ("handler", "word"),
    [
        (routes(health={"status": "ok"}), "ok"),
        (routes(health=503), "loading"),
        (routes(health=500), "error"),
        (routes(), "ok"),
        (fails(httpx.ConnectError("refused")), "refused"),
        (fails(httpx.ReadTimeout("slow")), "timeout"),
        (fails(httpx.ConnectTimeout("slow")), "timeout"),
        (fails(httpx.RemoteProtocolError("closed")), "error"),
    ],
)
async def test_health_in_one_word(handler: Handler, word: str) -> None:
    assert await probe(handler).health() == word


async def test_facts_of_a_llama_server() -> None:
    facts = await probe(routes(props=PROPS, v1_models=MODELS)).facts()
    assert (facts.parallel, facts.n_ctx, facts.model, facts.n_params) == (2, 512, "a.gguf", 5)
    assert facts.is_llama_server


async def test_facts_of_another_llm_server() -> None:
    facts = await probe(routes(v1_models={"data": [{"id": "qwen"}]})).facts()
    assert (facts.is_llama_server, facts.slots_endpoint, facts.model) == (False, False, "qwen")


@pytest.mark.parametrize(
    ("handler", "error", "words"),
    [
        (routes(index="hello"), NotAnLlmServer, "not as an LLM server"),
        (routes(props=401), ServerError, "wants an API key"),
        (routes(props={"role": "router"}), ServerError, "router"),
        (fails(httpx.ConnectError("refused")), ServerError, "nothing answers at http://127.0.0.1:8080"),
    ],
)
async def test_why_there_are_no_facts(handler: Handler, error: type[ServerError], words: str) -> None:
    with pytest.raises(error, match=words) as caught:
        await probe(handler).facts()
    assert caught.value.remedy


async def test_slots_queue_and_sleep() -> None:
    there = routes(
        slots=[{"id": 0, "n_ctx": 512, "is_processing": False}], props={**PROPS, "is_sleeping": True}
    )
    assert await probe(there).asleep()
    slots = await probe(there).slots()
    assert slots is not None
    assert slots[0].n_ctx == 512
    assert await probe(routes(slots=501)).slots() is None
    assert await probe(fails(httpx.ReadTimeout("slow"))).slots() is None
    assert await probe(routes(metrics=501)).requests() is None
    text = "llamacpp:requests_processing 1\nllamacpp:requests_deferred 0\n"
    assert await probe(lambda _: httpx.Response(200, text=text)).requests() == RequestGauges(1, 0)


async def test_the_tokenizer() -> None:
    there = routes(tokenize={"tokens": [1, 2]}, apply_template={"prompt": "<a>"})
    assert await probe(there).tokenize("ab") == [1, 2]
    assert await probe(there).apply_template([{"role": "user", "content": "a"}]) == "<a>"
    assert await probe(routes()).tokenize("ab") is None
    assert await probe(routes()).apply_template([]) is None


async def test_the_key_travels_in_a_header() -> None:
    seen: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        return httpx.Response(200, json={})

    await probe(answer, "secret").health()
    await probe(answer).health()
    assert seen == ["Bearer secret", None]


async def test_no_question_meets_a_connection_that_is_being_closed() -> None:
    """llama-server announces keep-alive and closes: its close may come after the next question was sent."""

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = json.dumps(PROPS).encode()
        writer.write(
            b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )
        await reader.read(1)
        writer.close()
        await writer.wait_closed()
        closed.release()

    closed = asyncio.Semaphore(0)
    server = await asyncio.start_server(answer_once, "127.0.0.1", 0)
    asked = HttpProbe("http://127.0.0.1:{1}".format(*server.sockets[0].getsockname()))
    async with server:
        assert await asked.health() == "ok"
        assert (await asked.facts()).parallel == 2
        await asked.close()
        for _ in ("/health", "/props", "/v1/models"):
            await closed.acquire()


@pytest.mark.parametrize("url", ["127.0.0.1:8080", "http://127.0.0.1:port", "http://[::1"])
def test_an_address_that_is_none(url: str) -> None:
    with pytest.raises(UsageError):
        HttpProbe(url)


ROUTER = {"role": "router", "models_autoload": True, "default_generation_settings": None}


async def test_the_model_that_was_asked_for_among_several() -> None:
    server = routes(v1_models={"data": [{"id": "embed-x"}, {"id": "chat-7b"}, {"id": "chat-1b"}]})
    facts = await probe(server).facts()
    assert (facts.model, facts.models) == ("chat-7b", ("embed-x", "chat-7b", "chat-1b"))
    assert (await probe(server).facts("chat-1b")).model == "chat-1b"
    with pytest.raises(UsageError, match="no model 'chat-9b'"):
        await probe(server).facts("chat-9b")


async def test_a_llama_server_is_asked_by_alias_file_or_path() -> None:
    server = routes(props=PROPS, v1_models=MODELS)
    for name in ("a", "a.gguf", "/m/a.gguf", "A"):
        assert (await probe(server).facts(name)).parallel == 2
    with pytest.raises(UsageError, match="no model 'b'"):
        await probe(server).facts("b")


async def test_a_server_without_models_says_so() -> None:
    with pytest.raises(ServerError, match="has no models"):
        await probe(routes(v1_models={"data": None})).facts()


@pytest.mark.parametrize(
    ("path", "location", "to"),
    [
        ("/v1/models", "https://new/v1/models", "https://new/v1/models"),
        ("/v1/models", "/login?next=%2F", "http://127.0.0.1:8080/login"),
        ("/props", "https://new/props", "https://new/props"),
    ],
)
async def test_a_redirect_names_where_it_leads(path: str, location: str, to: str) -> None:
    def moved(request: httpx.Request) -> httpx.Response:
        if request.url.path != path:
            return httpx.Response(404)
        return httpx.Response(307, headers={"location": location})

    with pytest.raises(ServerError, match=re.escape(f"redirects to {to}")):
        await probe(moved).facts()


@pytest.mark.parametrize("models", [503, {"data": [{"id": "/m/a.gguf", "meta": None}]}])
async def test_a_server_that_still_loads_is_no_wrong_port(models: object) -> None:
    def loading(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/models" and models != 503:
            return httpx.Response(200, json=models)
        return httpx.Response(503, json={"error": {"code": 503, "message": "Loading model"}})

    with pytest.raises(StillLoading, match="still loading its model"):
        await probe(loading).facts()


async def test_a_router_is_asked_for_one_model_and_never_made_to_load_it() -> None:
    asked: list[httpx.URL] = []
    state = {"value": "unloaded"}

    def router(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        if request.url.path == "/v1/models":
            return httpx.Response(200, json={"data": [{"id": "g-a", "status": dict(state)}]})
        if request.url.path == "/models/load":
            state["value"] = "loading"
            return httpx.Response(200, json={"success": True})
        if "model" in request.url.params and state["value"] == "loaded":
            return httpx.Response(200, json=PROPS if request.url.path == "/props" else [])
        return httpx.Response(200, json=ROUTER) if request.url.path == "/props" else httpx.Response(400)

    tried = probe(router)
    facts = await tried.facts("g-a")
    assert (facts.model, facts.per_model, facts.parallel, facts.is_llama_server) == ("g-a", True, None, True)
    assert await tried.slots() is None
    assert not tried.switched_off
    assert dict(asked[-1].params) == {"model": "g-a", "autoload": "false"}
    assert await tried.model_state() == "unloaded"
    for _ in range(2):
        with pytest.raises(StillLoading):
            await tried.wake(5)
    state["value"] = "loaded"
    await tried.wake(5)
    assert [url.path for url in asked].count("/models/load") == 1
    assert (await tried.facts()).parallel == 2
    assert await tried.slots() == ()


async def test_what_is_switched_off_is_remembered() -> None:
    tried = probe(routes(slots=501, metrics=501))
    assert (await tried.slots(), await tried.requests()) == (None, None)
    assert tried.switched_off == {"/slots", "/metrics"}
