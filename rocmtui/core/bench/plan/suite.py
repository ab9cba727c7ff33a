"""The tests of a bench: short prompts and long ones, one stream and all, at depths, beside a neighbour."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.bench.plan.texts import ROOM_TOKENS, TEXTS, TextKind
from rocmtui.core.load.scenario import ClosedLoop, Endpoint, NeighbourPlan, PromptPlan, Scenario

BenchKind = Literal["decode", "ttft", "prefill", "concurrent", "neighbour", "draft"]
SHORT_PROMPT_TOKENS = 32
OF_A_DEPTH: tuple[BenchKind, ...] = ("decode", "prefill", "concurrent")
"""The kinds that can be measured after so many tokens."""


class BenchTest(msgspec.Struct, frozen=True, kw_only=True):
    """One test of the suite."""

    kind: BenchKind
    prompt_tokens: int = SHORT_PROMPT_TOKENS
    max_tokens: int = 1
    requests: int = 5
    """Measured requests; of each stream, in `concurrent`; of the neighbour, in `neighbour`."""
    warmup: int = 1
    """Requests before them, of each stream."""
    depth: int = 0
    """Tokens that stand in each slot before the prompt: filled once, by the requests before."""
    attack_tokens: int = 0
    """In `neighbour`: the length of the prompts that disturb the others."""
    text: TextKind | None = None
    """In `draft`: what is written, instead of random words; its length is not `prompt_tokens`."""

    @property
    def name(self) -> str:
        """As llama-bench would name it: `tg128`, `pp512`, `ttft32`, `tg32 all slots`, `tg128 @ d4096`."""
        return {
            "decode": f"tg{self.max_tokens}{self.at_depth}",
            "ttft": f"ttft{self.prompt_tokens}",
            "prefill": f"pp{self.prompt_tokens}{self.at_depth}",
            "concurrent": f"tg{self.max_tokens}{self.at_depth} all slots",
            "neighbour": f"tg{self.max_tokens} beside pp{self.attack_tokens}",
            "draft": f"tg{self.max_tokens} {self.text}",
        }[self.kind]

    @property
    def at_depth(self) -> str:
        """After how many tokens, where that is no short prompt: ` @ d4096`."""
        long = self.prompt_tokens if self.kind in ("decode", "concurrent") else 0
        depth = self.depth or (long if long != SHORT_PROMPT_TOKENS else 0)
        return f" @ d{depth}" if depth else ""

    @property
    def tokens(self) -> int:
        """Context one request needs."""
        prompt = ROOM_TOKENS if self.text else self.depth + self.prompt_tokens
        return max(prompt + self.max_tokens, self.attack_tokens + 1)

    def streams(self, parallel: int) -> int:
        """How many it has on so many slots; a neighbour needs one of them."""
        return {"concurrent": parallel, "neighbour": max(parallel - 1, 1)}.get(self.kind, 1)

    @property
    def _prompt(self) -> PromptPlan:
        if self.text is not None:
            return PromptPlan(text=TEXTS[self.text])
        return PromptPlan(
            tokens=self.depth + self.prompt_tokens,
            shared_prefix_tokens=self.depth,
            depth_tokens=self.depth,
        )

    def scenario(
        self, *, parallel: int, seed: int, endpoint: Endpoint, timeout_s: float, verify: bool = False
    ) -> Scenario:
        """The load of this test: cold prompts that differ, fixed lengths.

        At a depth the prompts have their beginning in common, and the cache keeps it. With `verify` certain
        texts are asked alone and then among the requests of several streams.
        """
        streams = self.streams(parallel)
        in_company = verify and self.kind == "concurrent" and streams > 1 and not self.depth
        disturbed = self.kind == "neighbour"
        return Scenario(
            verify=in_company,
            verify_under_load=in_company,
            shape=ClosedLoop(concurrency=streams),
            prompt=self._prompt,
            temperature=0.0 if self.text else 0.8,
            endpoint=endpoint,
            requests=None if disturbed else self.requests * streams,
            warmup_requests=max(self.warmup, bool(self.depth)) * streams,
            max_tokens=self.max_tokens,
            ignore_eos=True,
            cache_prompt=self.depth > 0,
            seed=seed,
            timeout_s=timeout_s,
            neighbour=NeighbourPlan(tokens=self.attack_tokens, requests=self.requests) if disturbed else None,
        )


DECODE = BenchTest(kind="decode", max_tokens=128)
TTFT = BenchTest(kind="ttft", requests=10)
PREFILL = BenchTest(kind="prefill", prompt_tokens=512)
CONCURRENT = BenchTest(kind="concurrent", max_tokens=32, requests=4)
SUITE = (DECODE, TTFT, PREFILL, CONCURRENT)
"""What a bench runs that is told nothing else."""
NEIGHBOUR = BenchTest(kind="neighbour", max_tokens=256, requests=3, warmup=0, attack_tokens=2048)
DRAFTS = tuple(BenchTest(kind="draft", max_tokens=128, requests=3, text=text) for text in TEXTS)
EVERY = (*SUITE, NEIGHBOUR, DRAFTS[0])
"""One test of each kind."""


def suite_test(kind: BenchKind) -> BenchTest:
    """The suite's test of a kind."""
    return next(test for test in EVERY if test.kind == kind)
