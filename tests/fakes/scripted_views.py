"""Hand-made SessionViews of every situation a screen must draw; the same ones every time."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from rocmtui.core.gpu.reading import GpuReading, GpuSample, MemoryUser
from rocmtui.core.host.sample import Cause, HostSample, Limits, MachineLoad, Pressure, ServerLoad
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot, SloState
from rocmtui.core.request import values
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord, ServerTimings
from rocmtui.core.server.state import (
    DeviceMemory,
    Diagnosis,
    LaunchPlan,
    ServerFacts,
    ServerState,
    ServerStatus,
    SlotReading,
    StageMark,
)
from rocmtui.core.session.events import Noticed, ServerTraffic
from rocmtui.core.session.marks import Mark
from rocmtui.core.session.view import (
    GpuPoint,
    HistoryPoint,
    ReplayStatus,
    SessionView,
)
from rocmtui.core.stats.histogram import Histogram

SECOND = 1_000_000_000
GIB = 1 << 30
START = 1_000 * SECOND
UNIX_START = 1_795_000_000 * SECOND
NOW = START + 75 * SECOND
PLAN = LaunchPlan(model="/models/gemma-3-27b-it-Q4_K_M.gguf", parallel=4, ctx_per_slot=8192)
COMMAND = (
    "llama-server",
    "-m",
    PLAN.model,
    "-np",
    "4",
    "-c",
    "32768",
    "--port",
    "8080",
    "--metrics",
    "--slots",
)
FACTS = ServerFacts(
    build="b9120",
    model="gemma-3-27b-it",
    model_path=PLAN.model,
    quantization="Q4_K_M",
    model_bytes=17 * GIB,
    n_params=27_000_000_000,
    n_ctx_train=131_072,
    parallel=4,
    n_ctx=8192,
    backend="ROCm",
    memory=(
        DeviceMemory(
            device="ROCm0", weights_bytes=int(16.2 * GIB), kv_bytes=int(3.4 * GIB), compute_bytes=GIB // 2
        ),
    ),
)


def histogram(middle: float, spread: float, count: int = 312) -> Histogram:
    """A smooth two-humped distribution around `middle` (milliseconds)."""
    values = Histogram()
    for index in range(count):
        turn = (index * 0.6180339887) % 1.0
        tail = 4.0 if index % 9 == 0 else 1.0
        values.add(middle * math.exp(spread * tail * (turn + math.sin(index) * 0.5 - 0.5)))
    return values


def history(seconds: int = 75, decode: float = 180.0, prefill: float = 900.0) -> tuple[HistoryPoint, ...]:
    """Speeds four times a second: a ramp, then a wavy plateau; prefill comes in bursts."""
    points = []
    for step in range(seconds * 4):
        ramp = min(step / 40, 1.0)
        wave = 1 + 0.08 * math.sin(step / 7) + 0.05 * math.sin(step / 2.3)
        burst = max(0.0, math.sin(step / 9)) ** 2
        points.append(
            HistoryPoint(
                at_ns=START + step * SECOND // 4,
                output_tps=round(decode * ramp * wave, 1),
                prefill_tps=round(prefill * burst, 1) if step > 4 else None,
                in_flight=6,
            )
        )
    return tuple(points)


def traffic(seconds: int = 75, prefill: float = 1300.0) -> tuple[ServerTraffic, ...]:
    """Prompt tokens read by all slots twice a second: in bursts, with nothing between them."""
    return tuple(
        ServerTraffic(
            at_ns=START + step * SECOND // 2,
            decode_tps=180.0,
            prefill_tps=round(prefill * max(0.0, math.sin(step / 4)) ** 2, 1),
            others_decode_tps=0.0,
        )
        for step in range(seconds * 2)
    )


MARKS = (
    Mark(at_ns=START + 30 * SECOND, kind="changed", text="6 workers"),
    Mark(at_ns=START + 52 * SECOND, kind="slo", text="ttft_p95<2s"),
)


def host(**changes: object) -> HostSample:
    """A healthy machine of 16 cores."""
    sample = HostSample(
        at_ns=NOW,
        span_s=0.5,
        server=ServerLoad(
            threads=18,
            working_threads=8,
            cores_used=7.2,
            wait_share=0.01,
            weights_resident_bytes=22 * GIB,
            own_bytes=3 * GIB,
            major_faults_per_s=0.0,
            disk_read_bytes_per_s=0.0,
        ),
        limits=Limits(cores=16),
        machine=MachineLoad(
            cores=16,
            busy_cores=7.9,
            other_cores=0.7,
            memory_total_bytes=64 * GIB,
            memory_available_bytes=45 * GIB,
            pressure=Pressure(cpu=0.02, memory=0.0, io=0.0),
            clock_hz=5_100_000_000,
        ),
    )
    return msgspec.structs.replace(sample, **changes)


def host_slow() -> HostSample:
    """Sixteen threads on two CPUs of a container."""
    return host(
        server=ServerLoad(
            threads=16,
            working_threads=16,
            cores_used=2.0,
            wait_share=0.8,
            weights_resident_bytes=GIB // 4,
            own_bytes=GIB,
            disk_read_bytes_per_s=0.0,
        ),
        limits=Limits(
            cores=16, quota_cores=2.0, memory_limit_bytes=4 * GIB, periods=58, throttled_periods=53
        ),
        causes=(
            Cause(
                code="throttled",
                text="16 threads share 2 CPUs: throttled in 53 of 58 periods",
                remedy="-t 2",
                share=0.9,
            ),
        ),
    )


def host_history() -> tuple[HostSample, ...]:
    """The last minute of it."""
    return tuple(
        HostSample(
            at_ns=START + step * SECOND,
            span_s=0.5,
            machine=MachineLoad(busy_cores=7.0 + math.sin(step)),
            server=ServerLoad(wait_share=0.01, disk_read_bytes_per_s=0.0),
        )
        for step in range(75)
    )


def gpu(index: int = 0, **changes: object) -> GpuReading:
    """One RX 7900 XTX under load."""
    reading = GpuReading(
        pci=f"0000:{3 + index:02x}:00.0",
        name="Radeon RX 7900 XTX",
        index=index,
        gfx="gfx1100",
        vram_total_bytes=24 * GIB,
        vram_used_bytes=int(21.3 * GIB),
        pool_bytes=24 * GIB,
        gtt_total_bytes=int(31.2 * GIB),
        gtt_used_bytes=int(0.3 * GIB),
        power_watts=287.0,
        power_cap_watts=339.0,
        busy_percent=98.0,
        edge_c=66.0,
        junction_c=84.0,
        memory_c=78.0,
        sclk_hz=2_482_000_000,
        mclk_hz=1_249_000_000,
        fan_rpm=1200,
        runtime_status="active",
        sources={"power_watts": "hwmon", "vram_used_bytes": "sysfs", "busy_percent": "sysfs"},
    )
    return msgspec.structs.replace(reading, **changes)


def server_memory(vram_gib: float, gtt_gib: float) -> MemoryUser:
    """What the server holds on the first card."""
    return MemoryUser(
        pci="0000:03:00.0",
        pid=4711,
        name="llama-server",
        vram_bytes=int(vram_gib * GIB),
        gtt_bytes=int(gtt_gib * GIB),
        is_server=True,
    )


def gpu_history(cards: int = 1) -> tuple[GpuPoint, ...]:
    """Power and memory once a second."""
    return tuple(
        GpuPoint(
            at_ns=START + step * SECOND,
            pci=f"0000:{3 + card:02x}:00.0",
            power_watts=40 + 247 * min(step / 15, 1.0) * (1 + 0.04 * math.sin(step)),
            busy_percent=98.0,
            vram_used_bytes=int(21.3 * GIB),
            gtt_used_bytes=int(0.3 * GIB),
        )
        for step in range(75)
        for card in range(cards)
    )


def slot(index: int, phase: str = "generate") -> SlotReading:
    """One slot of each phase."""
    if phase == "idle":
        return SlotReading(id=index, n_ctx=8192, is_processing=False, ctx_tokens=154)
    if phase == "prefill":
        return SlotReading(
            id=index,
            n_ctx=8192,
            is_processing=True,
            task=1301 + index,
            ctx_tokens=1024,
            prompt_processed=1024,
            prompt_cached=0,
            prompt_total=1228,
        )
    decoded = 30 + 17 * index % 160
    return SlotReading(
        id=index,
        n_ctx=8192,
        is_processing=True,
        task=1260 + index,
        ctx_tokens=600 + 900 * index % 7000,
        prompt_processed=68,
        prompt_cached=1,
        decoded=decoded,
        remaining=200 - decoded,
        tps=42.3 - index % 5,
    )


def record(number: int, error: RequestError | None = None) -> RequestRecord:
    """One finished request."""
    sent = START + number * SECOND // 5
    turn = number * 0.6180339887 % 1.0
    wait = int((5 if number % 3 else 90 + 700 * turn * turn) * 1e6)
    prefill = int(300e6 * math.exp(0.45 * (turn + math.sin(number) * 0.6)))
    first = sent + wait + prefill + 2_000_000
    last = first + 3 * SECOND + number % 7 * SECOND // 10
    return RequestRecord(
        id=number,
        worker=number % 6,
        phase=Phase.MEASURED,
        connect_ns=90_000,
        sent_ns=sent,
        headers_ns=sent + wait,
        first_token_ns=None if error else first,
        last_token_ns=None if error else last,
        done_ns=sent + SECOND if error else last + 1_000_000,
        prompt_tokens=68,
        cached_tokens=1,
        output_tokens=None if error else 128,
        content_events=0 if error else 128,
        finish_reason=None if error else "length",
        timings=None
        if error
        else ServerTimings(
            prompt_n=67,
            prompt_ms=prefill / 1e6,
            predicted_n=128,
            predicted_ms=(last - first) / 1e6,
            cache_n=1,
        ),
        error=error,
    )


def values_of(value: Callable[[RequestRecord], float | None], scale: float = 1.0) -> Histogram:
    """A metric of the scripted requests, all `scale` times as slow."""
    values = Histogram()
    for number in range(312):
        measured = value(record(number))
        if measured is not None:
            values.add(measured * scale)
    return values


def live(**changes: object) -> LiveSnapshot:
    """A closed loop of 6 workers in its measured phase."""
    snapshot = LiveSnapshot(
        at_ns=NOW,
        phase="measured",
        elapsed_ns=62 * SECOND,
        concurrency=6,
        in_flight=6,
        queued=2,
        prefilling=1,
        decoding=3,
        sent=318,
        completed=312,
        planned=400,
        output_tps=182.4,
        prefill_tps=812.0,
        output_tokens=39_936,
        prompt_tokens=21_216,
        cached_tokens=312,
        ttft=values_of(values.ttft),
        queue_wait=values_of(values.queue_wait),
        prefill_ms=values_of(values.prefill_ms),
        overhead=values_of(values.overhead),
        itl=histogram(23.6, 0.12),
        icl=histogram(23.6, 0.2, 4000),
        request_latency=values_of(values.request_latency),
        slo=(SloState(expression="ttft_p95<2s", value=1210.0, met=True),),
        client_cpu_fraction=0.04,
        loop_lag_ms_p99=1.2,
    )
    return msgspec.structs.replace(snapshot, **changes)


LOG = tuple(
    f"slot {what}: id {n % 4:2d} | task {1200 + n} | {rest}"
    for n in range(120)
    for what, rest in (
        ("launch_slot_", "processing task, is_child = 0"),
        ("update_slots", "prompt processing done, n_tokens = 68, progress = 1.000000"),
        (
            "print_timing",
            "prompt eval time = 341.20 ms / 67 tokens (5.09 ms per token, 196.37 tokens per second)",
        ),
    )
)


def empty() -> SessionView:
    """Nothing has happened yet."""
    return SessionView()


def starting() -> SessionView:
    """The model is being read."""
    names = ("devices", "reading weights", "offload")
    stages = tuple(
        StageMark(
            name=name, at_ns=START + index * 2 * SECOND, detail="49/49 layers to ROCm0" if index == 2 else ""
        )
        for index, name in enumerate(names)
    )
    status = ServerStatus(
        state=ServerState.STARTING,
        since_ns=START,
        pid=4711,
        url="http://127.0.0.1:8080",
        command=COMMAND,
        plan=PLAN,
        stages=stages,
    )
    return SessionView(
        at_ns=START + 9 * SECOND,
        started_ns=START,
        unix_ns=UNIX_START,
        server=status,
        gpu=GpuSample(at_ns=START + 9 * SECOND, gpus=(gpu(vram_used_bytes=9 * GIB, power_watts=62.0),)),
        gpu_history=gpu_history()[:9],
        log=(
            "load_tensors: offloading 48 repeating layers to GPU",
            "load_tensors: offloaded 49/49 layers to GPU",
        ),
    )


def ready_status(parallel: int = 4) -> ServerStatus:
    """A server that answers."""
    return ServerStatus(
        state=ServerState.READY,
        since_ns=START - 740 * SECOND,
        pid=4711,
        url="http://127.0.0.1:8080",
        command=COMMAND,
        plan=PLAN,
        facts=msgspec.structs.replace(FACTS, parallel=parallel),
        binary_source="PATH",
    )


def running() -> SessionView:
    """Six workers on four slots, one card."""
    user = server_memory(20.8, 0.2)
    return SessionView(
        at_ns=NOW,
        started_ns=START,
        unix_ns=UNIX_START,
        server=ready_status(),
        live=live(),
        scenario=Scenario(
            shape=ClosedLoop(concurrency=6), prompt=PromptPlan(tokens=68), requests=400, slo=("ttft_p95<2s",)
        ),
        slots=(slot(0), slot(1, "prefill"), slot(2), slot(3, "idle")),
        deferred=2,
        gpu=GpuSample(at_ns=NOW, gpus=(gpu(),), users=(user,)),
        history=history(),
        traffic_history=traffic(),
        marks=MARKS,
        gpu_history=gpu_history(),
        host=host(),
        host_history=host_history(),
        requests=tuple(record(number) for number in range(312)),
        log=LOG,
        notices=(
            Noticed(at_ns=START, level="info", text="the server is ready after 8.4 s"),
            Noticed(at_ns=START + 12 * SECOND, level="info", text="load: 4 to 6 workers"),
        ),
        peak_output_tps=210.0,
        run_dir="/home/me/.local/share/rocmtui/runs/2026-11-18T10-26-40Z-gemma",
    )


def crowded() -> SessionView:
    """64 slots, 8 cards, 64 workers, an SLO missed and a warning."""
    cards = tuple(
        gpu(index, power_watts=180.0 + 12 * index, vram_used_bytes=(12 + index) * GIB) for index in range(8)
    )
    phases = ("generate", "generate", "prefill", "generate", "idle")
    return msgspec.structs.replace(
        running(),
        server=ready_status(parallel=64),
        live=live(
            concurrency=64,
            in_flight=64,
            queued=0,
            prefilling=13,
            decoding=51,
            output_tps=12_345.0,
            failed=3,
            by_error={"timeout_read": 3},
            slo=(
                SloState(expression="ttft_p95<500ms", value=1210.0, met=False),
                SloState(expression="itl_p99<50ms", value=31.0, met=True),
            ),
            warnings=("62 % of the prompt tokens came from the cache: TTFT is flattered",),
        ),
        slots=tuple(slot(index, phases[index % 5]) for index in range(64)),
        gpu=GpuSample(at_ns=NOW, gpus=cards),
        gpu_history=gpu_history(8),
        requests=tuple(
            record(
                n,
                RequestError(kind=ErrorKind.TIMEOUT_READ, message="silent for 120 s")
                if n % 50 == 49
                else None,
            )
            for n in range(500)
        ),
    )


def failed() -> SessionView:
    """The server died and the diagnosis says why."""
    diagnosis = Diagnosis(
        code="out_of_vram",
        cause="The model does not fit: ROCm could not allocate 18.2 GiB on device 0.",
        remedy="Use fewer slots or a shorter context: -np 2 -c 4096, or a smaller quantization.",
        proof=(
            "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 18641.20 MiB on device 0: out of memory",
            "alloc_tensor_range: failed to allocate ROCm0 buffer of size 19546741760",
            "llama_model_load: error loading model: unable to allocate ROCm0 buffer",
        ),
        exit_status="exit 1",
    )
    status = ServerStatus(
        state=ServerState.FAILED, since_ns=START + 4 * SECOND, command=COMMAND, plan=PLAN, diagnosis=diagnosis
    )
    return SessionView(
        at_ns=START + 4 * SECOND,
        started_ns=START,
        unix_ns=UNIX_START,
        server=status,
        gpu=GpuSample(at_ns=START + 4 * SECOND, gpus=(gpu(vram_used_bytes=7 * GIB, power_watts=31.0),)),
        log=diagnosis.proof,
        notices=(
            Noticed(
                at_ns=START + 4 * SECOND, level="error", text="the server ended: exit 1", code="server_failed"
            ),
        ),
    )


def spill() -> SessionView:
    """Part of the server's memory went to system memory."""
    view = running()
    user = server_memory(23.1, 2.6)
    notice = Noticed(
        at_ns=NOW,
        level="warning",
        code="spill",
        text="2.6 GiB of the server spilled into system memory: decode will be slow",
    )
    return msgspec.structs.replace(
        view,
        gpu=GpuSample(
            at_ns=NOW,
            gpus=(
                gpu(
                    vram_used_bytes=int(23.9 * GIB),
                    gtt_used_bytes=int(2.9 * GIB),
                    power_watts=141.0,
                    spill_bytes=int(2.6 * GIB),
                    throttle=("power cap",),
                ),
            ),
            users=(user,),
        ),
        notices=(*view.notices, notice),
    )


def no_gpu() -> SessionView:
    """A machine without an AMD GPU, the embedded server under load."""
    facts = ServerFacts(
        build="b11549", model="gemma-3-270m-it", quantization="Q4_K_M", parallel=4, n_ctx=2048, backend="CPU"
    )
    return msgspec.structs.replace(
        running(),
        server=msgspec.structs.replace(ready_status(), facts=facts, binary_source="embedded"),
        gpu=GpuSample(at_ns=NOW, notes=("No AMD GPU: looked in /sys/class/drm and found nothing there.",)),
        gpu_history=(),
        host=host_slow(),
    )


def replay() -> SessionView:
    """A recorded run played again, with a baseline behind it."""
    return msgspec.structs.replace(
        running(),
        replay=ReplayStatus(
            position_ns=75 * SECOND, duration_ns=180 * SECOND, speed=4.0, playing=True, label="gemma"
        ),
        baseline=live(ttft=values_of(values.ttft, 1.8), itl=histogram(28, 0.15)),
        baseline_label="np 8",
    )


VIEWS: dict[str, Callable[[], SessionView]] = {
    made.__name__: made for made in (empty, starting, running, crowded, failed, spill, no_gpu, replay)
}
"""Every situation by name."""
