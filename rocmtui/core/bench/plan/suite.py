"""The tests of a bench: short prompts and long ones, one stream and all slots."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, Endpoint, PromptPlan, Scenario

BenchKind = Literal["decode", "ttft", "prefill", "concurrent"]
SHORT_PROMPT_TOKENS = 32


class BenchTest(msgspec.Struct, frozen=True, kw_only=True):
    """One test of the suite."""

    kind: BenchKind
    prompt_tokens: int = SHORT_PROMPT_TOKENS
    max_tokens: int = 1
    requests: int = 5
    """Measured requests; of each stream, in `concurrent`."""
    warmup: int = 1
    """Requests before them, of each stream."""

    @property
    def name(self) -> str:
        """As llama-bench would name it: `tg128`, `pp512`, `ttft32`, `tg32 all slots`."""
        return {
            "decode": f"tg{self.max_tokens}",
            "ttft": f"ttft{self.prompt_tokens}",
            "prefill": f"pp{self.prompt_tokens}",
            "concurrent": f"tg{self.max_tokens} all slots",
        }[self.kind]

    @property
    def tokens(self) -> int:
        """Context one request needs."""
        return self.prompt_tokens + self.max_tokens

    def scenario(
        self, *, parallel: int, seed: int, endpoint: Endpoint, timeout_s: float, verify: bool = False
    ) -> Scenario:
        """The load of this test: cold prompts that differ, fixed lengths.

        With `verify` certain texts are asked alone and then among the requests of several streams.
        """
        streams = parallel if self.kind == "concurrent" else 1
        in_company = verify and streams > 1
        return Scenario(
            verify=in_company,
            verify_under_load=in_company,
            shape=ClosedLoop(concurrency=streams),
            prompt=PromptPlan(tokens=self.prompt_tokens, nonce=True),
            endpoint=endpoint,
            requests=self.requests * streams,
            warmup_requests=self.warmup * streams,
            max_tokens=self.max_tokens,
            ignore_eos=True,
            cache_prompt=False,
            seed=seed,
            timeout_s=timeout_s,
        )


DECODE = BenchTest(kind="decode", max_tokens=128)
TTFT = BenchTest(kind="ttft", requests=10)
PREFILL = BenchTest(kind="prefill", prompt_tokens=512)
CONCURRENT = BenchTest(kind="concurrent", max_tokens=32, requests=4)
SUITE = (DECODE, TTFT, PREFILL, CONCURRENT)
