"""The supervisor moves process, probe and launcher by the rules of the state machine; time goes by hand."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from rocmtui.core.server.replies import RequestGauges
from rocmtui.core.server.state import LaunchPlan, ServerFacts, ServerState, ServerStatus, SlotReading
from rocmtui.core.session.events import LogRead, Noticed, SlotsRead
from rocmtui.errors import ServerError, ServerStartError, UsageError
from rocmtui.services.server.supervisor import Supervisor
from tests.fakes.manual_clock import ManualClock
from tests.fakes.scripted_server import FACTS, EventList, FoundProcess, ScriptedLauncher, ScriptedProbe

PLAN = LaunchPlan(model="m.gguf")
OTHER = LaunchPlan(model="other.gguf")


class Desk:
    """A supervisor and everything it holds."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.launcher = ScriptedLauncher()
        self.probes: list[ScriptedProbe] = []
        self.reply = "ok"
        self.known = FACTS
        self.sink = EventList()
        self.supervisor = Supervisor(self.launcher, self._probe, self.clock, self.sink)

    def _probe(self, url: str, api_key: str | None) -> ScriptedProbe:
        probe = ScriptedProbe()
        probe.reply = self.reply
        probe.known = self.known
        self.probes.append(probe)
        return probe

    @property
    def status(self) -> ServerStatus:
        return self.supervisor.status

    async def ready(self, plan: LaunchPlan = PLAN) -> ServerStatus:
        wanted = asyncio.create_task(self.supervisor.ensure_ready(plan))
        await self.clock.advance(0.2)
        return await wanted


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    desk.launcher.ends_on = ("term",)
    for launched in desk.launcher.launched:
        launched.process.end(0)
    await desk.clock.advance(11)
    await desk.supervisor.close()


async def test_what_speaks_against_a_start_is_a_warning(desk: Desk) -> None:
    desk.launcher.doubts = ("it does not fit: 21 GiB on a card of 16",)
    await desk.ready()
    told = [(event.level, event.text) for event in desk.sink.of(Noticed)]
    assert ("warning", "it does not fit: 21 GiB on a card of 16") in told


async def test_ready_when_health_and_props_answer(desk: Desk) -> None:
    desk.reply = "loading"
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(2)
    assert (desk.status.state, wanted.done()) == (ServerState.STARTING, False)
    desk.launcher.process.say(
        "load_tensors: loading model tensors", "load_tensors: CPU model buffer size = 8.00 MiB"
    )
    await desk.clock.advance(0)
    desk.probes[0].reply = "ok"
    await desk.clock.advance(0.1)
    status = await wanted
    assert status.state is ServerState.READY
    assert (status.pid, status.url, status.binary_source) == (101, "http://127.0.0.1:9001", "PATH")
    assert (status.facts.parallel, status.facts.build, status.facts.backend) == (4, "b1234", "CPU")
    assert status.facts.memory[0].weights_bytes == 8 << 20
    assert [mark.name for mark in status.stages] == ["process", "reading weights"]
    assert desk.sink.states == ["starting", "ready"]
    assert len(desk.sink.of(LogRead)) == 1
    assert desk.sink.notices == ["launch"]


async def test_a_second_wish_for_the_same_joins_the_first(desk: Desk) -> None:
    first, second = await asyncio.gather(desk.ready(), desk.supervisor.ensure_ready(PLAN))
    assert first == second
    assert len(desk.launcher.launched) == 1


async def test_stop_ends_the_process_and_closes_our_connections_first(desk: Desk) -> None:
    await desk.ready()
    closed_before: list[int] = []
    desk.launcher.process.before_signal = lambda: closed_before.append(desk.probes[0].closed)
    stopped = await desk.supervisor.stop()
    assert closed_before == [1]
    assert (stopped.state, stopped.pid, stopped.url) == (ServerState.STOPPED, None, None)
    assert desk.launcher.process.signals == ["term"]
    assert desk.sink.states == ["starting", "ready", "stopping", "stopped"]


async def test_a_stop_escalates(desk: Desk) -> None:
    desk.launcher.ends_on = ("term", "term", "kill")
    await desk.ready()
    stopping = asyncio.create_task(desk.supervisor.stop())
    await desk.clock.advance(2.9)
    assert desk.launcher.process.signals == ["term"]
    await desk.clock.advance(0.2)
    assert desk.launcher.process.signals == ["term", "term"]
    await desk.clock.advance(1.8)
    assert not stopping.done()
    await desk.clock.advance(0.2)
    assert (await stopping).state is ServerState.STOPPED


async def test_a_stop_while_launching_needs_no_process(desk: Desk) -> None:
    desk.launcher.held = asyncio.Event()
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(0.1)
    assert (await desk.supervisor.stop()).state is ServerState.STOPPED
    assert (await wanted).state is ServerState.STOPPED
    assert desk.launcher.launched == []


async def test_a_stop_while_loading_is_no_failure(desk: Desk) -> None:
    desk.reply = "loading"
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(1)
    stopped = await desk.supervisor.stop()
    assert (stopped.state, stopped.diagnosis) == (ServerState.STOPPED, None)
    assert (await wanted).state is ServerState.STOPPED
    assert str(desk.supervisor.error()) == "the start was cancelled"


async def test_a_failed_start_says_why(desk: Desk) -> None:
    desk.reply = "refused"
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(0.1)
    desk.launcher.process.say("0.00.001.000 E gguf_init_from_reader: failed to read magic")
    desk.launcher.process.end(1)
    await desk.clock.advance(0)
    status = await wanted
    assert (status.state, status.pid) == (ServerState.FAILED, None)
    assert status.diagnosis is not None
    assert (status.diagnosis.code, status.diagnosis.exit_status) == ("model_empty", "exit 1")
    assert status.diagnosis.proof == ("gguf_init_from_reader: failed to read magic",)
    error = desk.supervisor.error()
    assert isinstance(error, ServerStartError)
    assert (error.message, error.code) == ("the model file is empty, or a folder", "model_empty")
    assert desk.sink.notices == ["launch"]


async def test_a_start_that_cannot_begin_keeps_its_error(desk: Desk) -> None:
    desk.launcher.error = UsageError("there is no GPU '7'", "found here: none")
    status = await desk.supervisor.ensure_ready(PLAN)
    assert status.state is ServerState.FAILED
    assert status.diagnosis is not None
    assert (status.diagnosis.code, status.diagnosis.remedy) == ("usage", "found here: none")
    assert desk.supervisor.error() is desk.launcher.error


async def test_the_status_of_a_start_refused_for_its_token_does_not_tell_it(desk: Desk) -> None:
    desk.launcher.error = UsageError("a token after `--` would be seen by everyone")
    status = await desk.supervisor.ensure_ready(LaunchPlan(model="m.gguf", extra_args=("-hft", "secret")))
    assert status.plan is not None
    assert status.plan.extra_args == ("-hft", "•••")


async def test_a_taken_port_is_tried_again_on_another(desk: Desk) -> None:
    desk.reply = "refused"
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(0.1)
    desk.reply = "ok"
    desk.launcher.process.say("couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 9001")
    desk.launcher.process.end(1)
    await desk.clock.advance(0.2)
    assert (await wanted).url == "http://127.0.0.1:9002"
    assert desk.sink.notices == ["launch", "port_taken", "launch"]


async def test_another_server_on_our_port_is_not_taken_for_ours(desk: Desk) -> None:
    desk.launcher.found = FoundProcess(77, ("/usr/bin/other-server",))
    desk.known = ServerFacts(model="other.gguf")
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(11)
    assert desk.status.state is ServerState.STARTING
    assert "answered by other-server (pid 77) and serves other.gguf" in desk.sink.of(Noticed)[-1].text
    desk.launcher.found = FoundProcess(102)
    desk.launcher.process.say("couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 9001")
    desk.launcher.process.end(1)
    await desk.clock.advance(0.2)
    assert (await wanted).pid == 102


async def test_a_wrapper_whose_server_is_out_of_reach_is_used_and_ended(desk: Desk) -> None:
    """A container's server is no child of what was started, but answers at our port with our model."""
    desk.launcher.found = FoundProcess(77)
    status = await desk.ready()
    assert (status.pid, desk.status.state) == (77, ServerState.READY)
    assert "outside" in desk.sink.notices
    stopped = asyncio.create_task(desk.supervisor.stop())
    await desk.clock.advance(5)
    await stopped
    assert desk.launcher.ended == [(77, False), (77, False), (77, True)]
    assert desk.sink.of(Noticed)[-1].text.startswith("pid 77 still serves at")


async def test_a_long_start_says_what_it_waits_for(desk: Desk) -> None:
    desk.reply = "refused"
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(9)
    assert "waiting" not in desk.sink.notices
    await desk.clock.advance(36)
    said = [notice.text for notice in desk.sink.of(Noticed) if notice.code == "waiting"]
    assert [text.split(":")[0] for text in said] == [
        "waiting for 10 s",
        "waiting for 20 s",
        "waiting for 40 s",
    ]
    assert "nothing listens at http://127.0.0.1:9001 yet" in said[0]
    desk.probes[0].reply = "ok"
    await desk.clock.advance(0.1)
    await wanted


async def test_a_program_that_does_not_say_what_it_is_is_waited_for_aloud(desk: Desk) -> None:
    desk.launcher.held = asyncio.Event()
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(12)
    assert desk.sink.of(Noticed)[-1].text.startswith("waiting for 10 s: llama-server to say what it is")
    desk.launcher.held.set()
    await desk.clock.advance(0.2)
    await wanted


async def test_the_log_of_a_server_that_ended_is_named(desk: Desk) -> None:
    desk.launcher.log_file = "/state/ended/101.log"
    await desk.ready()
    desk.launcher.process.say("a line nobody knows")
    desk.launcher.process.end(3)
    await desk.clock.advance(3)
    assert desk.status.diagnosis is not None
    assert desk.status.diagnosis.remedy.endswith("; its log: /state/ended/101.log")


async def test_attaching_waits_for_a_server_that_is_loading(desk: Desk) -> None:
    desk.reply = "loading"
    wanted = asyncio.create_task(desk.supervisor.attach("http://far:1", timeout_s=60))
    await desk.clock.advance(2)
    assert (desk.status.state, desk.status.attached, wanted.done()) == (ServerState.STARTING, True, False)
    assert desk.status.note == "it is still loading its model"
    desk.probes[0].reply = "ok"
    await desk.clock.advance(0.5)
    assert (await wanted).state is ServerState.READY
    assert desk.sink.notices == ["loading"]


async def test_attaching_gives_up_when_loading_takes_too_long(desk: Desk) -> None:
    desk.reply = "loading"
    wanted = asyncio.create_task(desk.supervisor.attach("http://far:1", timeout_s=15))
    await desk.clock.advance(15.5)
    assert (await wanted).state is ServerState.FAILED
    assert "--start-timeout" in str(desk.supervisor.error().remedy)
    assert desk.probes[0].closed


async def test_a_server_that_goes_while_it_loads_is_not_waited_for(desk: Desk) -> None:
    desk.reply = "loading"
    wanted = asyncio.create_task(desk.supervisor.attach("http://far:1"))
    await desk.clock.advance(1)
    desk.probes[0].reply = "refused"
    await desk.clock.advance(2)
    assert (await wanted).state is ServerState.FAILED
    assert desk.supervisor.error().message == "nothing answers"


async def test_of_several_models_the_one_taken_is_said(desk: Desk) -> None:
    desk.known = ServerFacts(model="chat-7b", models=("embed", "chat-7b", "chat-1b"))
    await desk.supervisor.attach("http://far:1")
    assert desk.sink.of(Noticed)[-1].text == "chat-7b is taken; -a NAME chooses another: embed, chat-1b"
    await desk.supervisor.attach("http://far:1", model="chat-7b")
    assert desk.sink.notices == ["model_taken"]


async def test_what_a_router_does_with_the_model_is_told(desk: Desk) -> None:
    desk.known = ServerFacts(model="chat-7b", models=("chat-7b",), per_model=True)
    await desk.supervisor.attach("http://far:1")
    desk.probes[0].state = "unloaded"
    await desk.clock.advance(2.5)
    assert desk.status.note == "its model was unloaded: the next request loads it again"
    desk.probes[0].state = "loaded"
    await desk.clock.advance(2.5)
    assert (desk.status.note, desk.sink.of(Noticed)[-1].text) == (None, "chat-7b is loaded")


async def test_a_model_loaded_on_demand_is_woken_before_a_load(desk: Desk) -> None:
    await desk.supervisor.attach("http://far:1")
    await desk.supervisor.wake(10)
    assert "wake" not in desk.probes[0].asked
    desk.known = ServerFacts(model="chat-7b", models=("chat-7b", "chat-1b"))
    await desk.supervisor.attach("http://far:2", model="chat-7b")
    desk.probes[1].reply = "loading"
    waking = asyncio.create_task(desk.supervisor.wake(3))
    await desk.clock.advance(1)
    assert not waking.done()
    await desk.clock.advance(3)
    with pytest.raises(ServerError, match="it is loading after"):
        await waking


async def test_slots_that_are_off_are_asked_for_once(desk: Desk) -> None:
    await desk.ready()
    probe = desk.probes[0]
    probe.readings, probe.switched_off = None, {"/slots", "/metrics"}
    probe.asked.clear()
    await desk.clock.advance(10)
    assert (probe.asked.count("slots"), probe.asked.count("metrics")) == (1, 1)
    assert "no_slots" in desk.sink.notices


async def test_a_healthy_server_that_keeps_its_facts_is_told_of_once(desk: Desk) -> None:
    async def refuse(self: ScriptedProbe) -> ServerFacts:
        raise ServerError("it wants an API key")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ScriptedProbe, "facts", refuse)
        wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
        await desk.clock.advance(9)
    assert desk.sink.notices == ["launch", "no_facts"]
    assert "it wants an API key" in desk.sink.of(Noticed)[-1].text
    await desk.clock.advance(0.2)
    assert (await wanted).state is ServerState.READY


async def test_a_start_timeout_stops_the_process_and_does_not_try_again(desk: Desk) -> None:
    desk.reply = "loading"
    plan = LaunchPlan(model="m.gguf", start_timeout_s=5)
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(plan))
    await desk.clock.advance(5.1)
    status = await wanted
    assert status.diagnosis is not None
    assert (status.state, status.diagnosis.code) == (ServerState.FAILED, "start_timeout")
    assert desk.launcher.process.signals == ["term"]
    assert len(desk.launcher.launched) == 1


async def test_a_crash_while_ready_is_explained_and_nothing_asks_on(desk: Desk) -> None:
    await desk.ready()
    desk.launcher.process.end(-11)
    await desk.clock.advance(0.1)
    assert desk.status.state is ServerState.FAILED
    assert desk.status.diagnosis is not None
    assert (desk.status.diagnosis.code, desk.status.diagnosis.exit_status) == (
        "segmentation_fault",
        "SIGSEGV",
    )
    assert desk.sink.notices == ["launch", "segmentation_fault"]
    asked = len(desk.probes[0].asked)
    await desk.clock.advance(5)
    assert len(desk.probes[0].asked) == asked
    assert desk.probes[0].closed


async def test_a_restart_after_a_crash_waits_first(desk: Desk) -> None:
    await desk.ready(LaunchPlan(model="m.gguf", restart_on_crash=True))
    desk.launcher.process.end(-11)
    await desk.clock.advance(0.5)
    assert (desk.status.state, desk.status.note) == (ServerState.FAILED, "starting again in 1 s (1 of 5)")
    await desk.clock.advance(0.8)
    assert desk.status.state is ServerState.READY
    assert desk.sink.states == ["starting", "ready", "failed", "starting", "ready"]


async def test_a_suspended_server_is_unresponsive_and_comes_back(desk: Desk) -> None:
    await desk.ready()
    desk.probes[0].reply = "timeout"
    desk.launcher.process.suspended = True
    await desk.clock.advance(5)
    assert desk.status.state is ServerState.UNRESPONSIVE
    assert desk.status.note == "its process is suspended (SIGSTOP): `kill -CONT` wakes it"
    assert desk.status.pid == 101
    desk.probes[0].reply = "ok"
    await desk.clock.advance(1)
    assert (desk.status.state, desk.status.note) == (ServerState.READY, None)
    assert desk.sink.notices == ["launch", "unresponsive", "responsive"]


async def test_restart_with_another_plan(desk: Desk) -> None:
    await desk.ready()
    wanted = asyncio.create_task(desk.supervisor.restart(OTHER))
    await desk.clock.advance(0.3)
    status = await wanted
    assert (status.state, status.plan, status.pid) == (ServerState.READY, OTHER, 102)
    assert desk.launcher.launched[0].process.signals == ["term"]


async def test_attached_servers_are_watched_and_left_alone(desk: Desk) -> None:
    desk.launcher.found = FoundProcess(77, ("llama-server", "--port", "8080"))
    status = await desk.supervisor.attach("http://127.0.0.1:8080", "key")
    assert (status.state, status.attached, status.pid) == (ServerState.READY, True, 77)
    assert (status.url, status.facts.model) == ("http://127.0.0.1:8080", "m.gguf")
    assert status.command == ("llama-server", "--port", "8080")
    await desk.clock.advance(3)
    asked = desk.probes[0].asked
    assert "slots" in asked
    assert "metrics" not in asked, "asking would reset the gauges of whoever else reads them"
    assert (await desk.supervisor.stop()).state is ServerState.STOPPED
    assert desk.probes[0].closed


async def test_an_attached_server_that_ends_and_comes_back_as_another(desk: Desk) -> None:
    desk.launcher.found = FoundProcess(77, ("llama-server", "--port", "8080"))
    await desk.supervisor.attach("http://127.0.0.1:8080")
    probe = desk.probes[0]
    probe.reply = "refused"
    await desk.clock.advance(3)
    assert (desk.status.state, desk.status.note) == (
        ServerState.UNRESPONSIVE,
        "nothing listens at its address any more",
    )
    probe.known = ServerFacts(model="another.gguf")
    desk.launcher.found = FoundProcess(78, ("llama-server", "--port", "8080", "-np", "2"))
    probe.reply = "ok"
    await desk.clock.advance(1.2)
    assert (desk.status.state, desk.status.note) == (ServerState.READY, None)
    assert (desk.status.facts.model, desk.status.pid) == ("another.gguf", 78)
    assert desk.status.command[-1] == "2"


async def test_attaching_to_nothing_raises_and_leaves_ours_running(desk: Desk) -> None:
    await desk.ready()
    desk.reply = "refused"
    with pytest.raises(ServerError):
        await desk.supervisor.attach("http://127.0.0.1:1")
    assert desk.status.state is ServerState.READY
    assert desk.probes[-1].closed


async def test_attaching_stops_ours_first(desk: Desk) -> None:
    await desk.ready()
    status = await desk.supervisor.attach("http://127.0.0.1:8080")
    assert (status.state, status.attached) == (ServerState.READY, True)
    assert desk.launcher.process.signals == ["term"]


async def test_a_released_server_lives_on(desk: Desk) -> None:
    with pytest.raises(UsageError):
        await desk.supervisor.release()
    await desk.ready()
    assert await desk.supervisor.release() == "/state/101.log"
    assert (desk.status.state, desk.status.attached) == (ServerState.READY, True)
    await desk.supervisor.stop()
    assert desk.launcher.process.signals == []
    assert len(desk.launcher.released) == 1
    assert desk.sink.of(Noticed)[-1].text == (
        "the server runs on at http://127.0.0.1:9001; its log goes to /state/101.log; `kill 101` ends it"
    )


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (
            "ggml_cuda_init: failed to initialize ROCm: no ROCm-capable device is detected\n"
            "load_tensors: CPU_Mapped model buffer size = 8.00 MiB",
            ["cpu_fallback"],
        ),
        (
            "offloaded 3/9 layers to GPU\nload_tensors: ROCm0 model buffer size = 8.00 MiB",
            ["partial_offload"],
        ),
        ("offloaded 9/9 layers to GPU\nload_tensors: ROCm0 model buffer size = 8.00 MiB", []),
    ],
)
async def test_a_model_meant_for_the_gpu_that_landed_elsewhere(
    desk: Desk, said: str, code: list[str]
) -> None:
    desk.launcher.gpu_expected = True
    desk.reply = "loading"
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(PLAN))
    await desk.clock.advance(0.1)
    desk.launcher.process.say(*said.split("\n"))
    await desk.clock.advance(0)
    desk.probes[0].reply = "ok"
    await desk.clock.advance(0.2)
    assert (await wanted).state is ServerState.READY
    assert desk.sink.notices == ["launch", *code]


async def test_slots_are_read_with_their_speed(desk: Desk) -> None:
    await desk.ready()
    probe = desk.probes[0]
    probe.gauges = RequestGauges(1, 3)
    for decoded in (10, 20, 30, 40):
        probe.readings = (SlotReading(id=0, n_ctx=2048, is_processing=True, task=5, decoded=decoded),)
        await desk.clock.advance(0.5)
    last = desk.sink.of(SlotsRead)[-1]
    assert last.slots[0].tps == pytest.approx(20.0)
    await desk.clock.advance(1)
    assert desk.sink.of(SlotsRead)[-1].deferred == 3


async def test_a_server_that_may_sleep_is_not_kept_awake(desk: Desk) -> None:
    await desk.ready(LaunchPlan(model="m.gguf", extra_args=("--sleep-idle-seconds", "10")))
    await desk.clock.advance(4)
    probe = desk.probes[0]
    asked = probe.asked.count("slots")
    await desk.clock.advance(30)
    assert probe.asked.count("slots") == asked
    probe.gauges = RequestGauges(1, 0)
    await desk.clock.advance(2)
    assert probe.asked.count("slots") > asked


async def test_no_wish_is_lost_between_two_events(desk: Desk) -> None:
    """A wish is settled by what follows it, not by a poll that was already on its way."""
    await desk.ready()
    wanted = asyncio.create_task(desk.supervisor.ensure_ready(OTHER))
    await desk.clock.advance(1.5)
    assert (await wanted).plan == OTHER
