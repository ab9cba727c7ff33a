"""The limit of a decode speed, of this machine's model files, cards and memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from rocmtui.adapters.gpu.bandwidth import bandwidth_of
from rocmtui.adapters.gpu.sysfs import read_gpus
from rocmtui.adapters.host.memory_speed import host_bandwidth
from rocmtui.adapters.machine.description import read_machine
from rocmtui.adapters.machine.past_shares import PastShares
from rocmtui.adapters.models.search import headers_of
from rocmtui.core.gguf.header import GgufError
from rocmtui.core.gguf.split import value_of
from rocmtui.core.gpu.reading import GpuReading, GpuSummary
from rocmtui.core.gpu.tally import SERVER_BYTES
from rocmtui.core.limits.bandwidth import Bandwidth
from rocmtui.core.limits.ceiling import Ceiling, ceiling_of
from rocmtui.core.limits.decode import DecodeLimit, DecodeSeen, decode_limit, step_seconds
from rocmtui.core.limits.forecast import Expected, PastShare, expected, miss, range_text
from rocmtui.core.limits.step import CacheUse, StepModel, read_placement, step_bytes, step_model
from rocmtui.core.limits.words import limit_words
from rocmtui.core.load.scenario import ClosedLoop
from rocmtui.core.report.document import Machine, Report
from rocmtui.core.server.state import FLAGS, ServerStatus

CPU = "CPU"
FORECAST_DEPTH = 512
"""A forecast is of contexts from empty ones to so many tokens."""
OTHERS_CORES = 0.5
"""While other programs keep more cores busy the memory is not measured: they use it too."""


def limit_of(report: Report) -> DecodeLimit | None:
    """Of a run of a server whose model file lies here; None where that or a memory is not known."""
    seen, words = report.decode, report.server.args
    model = local_model(report.server.model_path) if seen is not None and words else None
    if model is None or seen is None:
        return None
    held = [card for card in report.gpu if _held_bytes(card) >= SERVER_BYTES]
    serving = [] if report.server.backend == CPU else held
    gpus = {gpu.pci: gpu for gpu in (read_gpus() if serving else ())}
    known = [(bandwidth_of(gpus[one.pci]) if one.pci in gpus else None, _held_bytes(one)) for one in serving]
    card = together(known)
    limit = _limit(report, model, seen, card, [one.name for one in serving])
    if limit is not None and limit.share > 1 and limit.host_bytes:  # it was busy when its memory was measured
        host_bandwidth(machine_key(report.machine), anew=True)
        limit = _limit(report, model, seen, card, [one.name for one in serving])
    if limit is None:
        return None
    if report.host is None or not report.host.causes:
        asked = msgspec.structs.replace(seen, streams=_slots_asked(report, seen))
        of_all = _limit(report, model, asked, card, [one.name for one in serving])
        learn(of_all or limit, model_name(report.server.model_path or ""))
    return msgspec.structs.replace(limit, words=limit_words(limit, serving, report.host))


def _limit(
    report: Report, model: StepModel, seen: DecodeSeen, card: Bandwidth | None, names: Sequence[str]
) -> DecodeLimit | None:
    words = report.server.args
    placement = read_placement(words, has_card=bool(names))
    cache = cache_of(words, seen.depth_tokens)
    read = step_bytes(model, seen.streams, cache, placement)
    may_measure = (report.host.other_cores_mean or 0.0) < OTHERS_CORES if report.host is not None else True
    reads_host = read.host_weights + read.host_kv > 0
    host = host_bandwidth(machine_key(report.machine), may_measure=may_measure) if reads_host else None
    device = " + ".join(names) or report.machine.cpu or CPU
    found = decode_limit(seen, read, device=device, card=card, host=host)
    if found is None:
        return None
    prefill = report.metrics.get("prefill_tps")
    return msgspec.structs.replace(
        found,
        kind=model.kind,
        backend=report.server.backend or CPU,
        quantization=report.server.quantization,
        prefill_ops_per_s=2.0 * model.active_weights * prefill.p50 if prefill else None,
    )


def _slots_asked(report: Report, seen: DecodeSeen) -> float:
    """How many slots were to be busy: a forecast is of them, and some read a prompt while others decode."""
    shape = report.scenario.shape if report.scenario is not None else None
    if not isinstance(shape, ClosedLoop):
        return seen.streams
    return float(min(shape.concurrency, report.server.parallel or shape.concurrency))


def _held_bytes(card: GpuSummary) -> int:
    """What the server held of a card; of an APU what grew in system memory counts."""
    grown = (card.gtt_peak_bytes or 0) - (card.gtt_before_bytes or 0) if card.kind == "apu" else 0
    return max(card.server_vram_peak_bytes or 0, grown)


def server_ceiling(status: ServerStatus) -> Ceiling | None:
    """Of a server that is ready on this machine; memory that was never measured is not measured now."""
    facts = status.facts
    model = local_model(facts.model_path) if status.command else None
    if model is None:
        return None
    held = {memory.pci for memory in facts.memory if memory.pci and memory.weights_bytes >= SERVER_BYTES}
    on_card = facts.backend not in (None, CPU) and facts.layers_offloaded != 0
    gpus = [gpu for gpu in read_gpus() if not held or gpu.pci in held] if on_card else []
    if len(gpus) > 1 and not held:  # which of them is not known
        return None
    ceiling = ceiling_of(
        model,
        read_placement(status.command, has_card=bool(gpus)),
        cache_of(status.command, 0),
        device=" + ".join(gpu.name for gpu in gpus) or CPU,
        card=of_cards(gpus),
        host=host_bandwidth(machine_key(read_machine()), may_measure=False),
    )
    return ceiling if ceiling.limit_tps(1, 0) is not None else None


def cache_of(words: Sequence[str], depth: float) -> CacheUse:
    """The cache by llama-server's arguments."""
    return CacheUse(
        depth=depth,
        type_k=value_of(words, FLAGS["cache_type_k"]) or "f16",
        type_v=value_of(words, FLAGS["cache_type_v"]) or "f16",
    )


def learn(limit: DecodeLimit, model: str) -> None:
    """Keep what was reached for the next forecast."""
    kept, streams = PastShares(), round(limit.streams)
    told = expected(
        limit.limit_tps,
        kept.read(),
        device=limit.device,
        backend=limit.backend,
        kind=limit.kind,
        model=model,
        streams=streams,
        has_card=limit.backend != CPU,
    )
    share = PastShare(
        device=limit.device,
        backend=limit.backend,
        kind=limit.kind,
        model=model,
        streams=streams,
        share=limit.share,
        error=miss(told, limit.tps) if told is not None else None,
    )
    kept.add(share)


def forecast(
    path: str, cards: Sequence[GpuReading], backend: str | None, streams: int, words: Sequence[str] = ()
) -> Expected | None:
    """What decode speed to expect of a model before it is loaded; nothing is measured or woken for it."""
    model = local_model(path)
    if model is None:
        return None
    machine = read_machine()
    placement = read_placement(words, has_card=bool(cards))
    card = of_cards(cards)
    host = host_bandwidth(machine_key(machine), may_measure=False)
    least, most = (
        step_seconds(step_bytes(model, streams, cache_of(words, depth), placement), card, host)
        for depth in (0, FORECAST_DEPTH)
    )
    if least is None or most is None:
        return None
    told = expected(
        streams / most,
        PastShares().read(),
        device=" + ".join(gpu.name for gpu in cards) or machine.cpu or CPU,
        backend=backend if cards else CPU,
        kind=model.kind,
        model=model_name(path),
        streams=streams,
        has_card=bool(cards),
    )
    return told and msgspec.structs.replace(told, high_tps=told.high_tps * most / least)


def forecast_words(
    path: str, cards: Sequence[GpuReading], backend: str | None, slots: int, words: Sequence[str] = ()
) -> str:
    """`about 45 to 60 tok/s alone, 180 to 240 with 4 slots`; empty where nothing is known."""
    alone = forecast(path, cards, backend, 1, words)
    if alone is None:
        return ""
    beside = forecast(path, cards, backend, slots, words) if slots > 1 else None
    more = f", {range_text(beside).removesuffix(' tok/s')} with {slots} slots" if beside is not None else ""
    whose = " (by published figures: no runs here yet)" if alone.is_public else ""
    return f"about {range_text(alone)} alone{more}{whose}"


def of_cards(gpus: Sequence[GpuReading]) -> Bandwidth | None:
    """Of cards filled alike, as llama-server fills them."""
    return together([(bandwidth_of(gpu), gpu.pool_bytes or gpu.vram_total_bytes or 1) for gpu in gpus])


def together(cards: Sequence[tuple[Bandwidth | None, int]]) -> Bandwidth | None:
    """Of cards that hold so many bytes each, read one after the other; None where one is not known."""
    known = [(card, held) for card, held in cards if card is not None]
    if not known or len(known) != len(cards):
        return None
    if len(known) == 1:
        return known[0][0]
    held_in_all = sum(held for _, held in known)
    seconds = sum(held / held_in_all / card.bytes_per_s for card, held in known)
    return Bandwidth(bytes_per_s=1 / seconds, source="; ".join(card.source for card, _ in known))


def local_model(path: str | None) -> StepModel | None:
    """The model of a file of this machine; None where there is none that can be read."""
    if path is None:
        return None
    try:
        return step_model(headers_of(Path(path)))
    except GgufError:
        return None


def model_name(path: str) -> str:
    """By which runs of one model are known again; a file's size tells two of one name apart."""
    file = Path(path)
    try:
        return f"{file.name} {file.stat().st_size}"
    except OSError:
        return file.name


def machine_key(machine: Machine) -> str:
    """Tells this machine from others that share its home folder."""
    return f"{machine.cpu} x{machine.cpu_count}, {(machine.memory_bytes or 0) >> 30} GiB"
