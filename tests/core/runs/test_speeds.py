"""Speeds of past runs, by model."""

from __future__ import annotations

from rocmtui.core.runs.speeds import PastSpeeds, past_words
from tests.fakes.run_shelf import entry


def test_the_newest_run_with_a_speed_counts() -> None:
    speeds = PastSpeeds(
        (
            entry(5, kind="bench", output_tps=1.0),
            entry(4, has_report=False),
            entry(3, output_tps=None),
            entry(2, quantization="Q4_K_M"),
            entry(1, quantization="Q8_0"),
        )
    )
    four, eight = (speeds.of("/m/x.gguf", "Gemma-3-27B-it", quant) for quant in ("Q4_K_M", "Q8_0"))
    assert (four and four.path, eight and eight.path) == ("/runs/run-2", "/runs/run-1")
    assert speeds.of("/m/x.gguf", "gemma-3-27b-it", "Q6_K") is None
    assert speeds.of("/m/other.gguf", "other", None) is None
    assert PastSpeeds().of("/m/x.gguf", "x", None) is None


def test_a_server_may_call_its_model_by_its_file() -> None:
    speeds = PastSpeeds((entry(1, model="gemma-3-27b-it-Q4_K_M.gguf", quantization="Q4_K_M"),))
    found = speeds.of("/m/gemma-3-27b-it-Q4_K_M.gguf", "gemma-3-27b-it", "Q4_K_M")
    assert found is not None
    assert past_words(found) == "last run 159 tok/s with 6 workers, TTFT p95 1.75 s"
