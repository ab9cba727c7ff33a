"""How far one server's next-token distributions are from another's: Kullback-Leibler divergence, in nats.

At each position the tokens the reference lists are cells of their own and all others one cell, so that
KL = sum of p ln(p / q) over the cells, p the reference, q the server looked at. A token of the reference that
the other does not list is given the least probability the other lists: the true distance is not smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import msgspec

from rocmtui.core.answers.reading import Chance, Position
from rocmtui.core.text.sanitize import clean_line

Closeness = Literal["same", "close", "differs", "broken", "not known"]

SAME_KL, SAME_MAX_KL = 0.006, 0.15
"""Rounding: other kernels, other batches, a cache read back. Measured: mean 0 to 0.005, largest 0.05."""
CLOSE_KL = 0.03
BROKEN_KL = 0.25
LEAST = 1e-9
SCALE = ((0.001, "q8_0"), (0.03, "q4_K_M"), (0.07, "q4_0"), (0.4, "q2_K"))
"""Mean KL of an 8B model's quantizations from f16: the table of llama.cpp's tools/perplexity."""
DEFAULT_MAX_KL = SAME_KL
"""A lossy setting needs a limit of its own."""
WORST = 3


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """One position: where it is, how far apart, and what each side held likely."""

    before: str
    """The text before it."""
    kl: float | None
    """None: not known, or lost."""
    lost: bool = False
    """The probabilities here are no numbers, the reference's are."""
    same_first: bool
    reference: tuple[tuple[str, float], ...] = ()
    here: tuple[tuple[str, float], ...] = ()


class Distance(msgspec.Struct, frozen=True, kw_only=True):
    """All positions together."""

    closeness: Closeness
    positions: int = 0
    mean_kl: float | None = None
    max_kl: float | None = None
    same_first: float | None = None
    """Share of positions (those without probabilities too) whose likeliest token is the same."""
    asked: int = 0
    """All positions, those without probabilities too."""
    lost: int = 0
    """Positions whose probabilities are no numbers, as the reference's are."""
    worst: tuple[Gap, ...] = ()


def divergence(reference: Position, here: Position) -> float | None:
    """KL of `here` from `reference` in nats; None where a side tells no numbers, or no list."""
    if any(one.logprob is None for one in (*reference.top, *here.top)) or not (reference.top and here.top):
        return None
    by_id = _have_ids(reference, here)
    p = _chances(reference, by_id)
    listed = _chances(here, by_id)
    least = min(listed.values())
    q = {key: max(listed.get(key, least), LEAST) for key in p}
    rest_p, rest_q = max(1 - sum(p.values()), LEAST), max(1 - sum(q.values()), LEAST)
    total = sum(p[key] * math.log(p[key] / q[key]) for key in p if p[key] > 0)
    return max(total + rest_p * math.log(rest_p / rest_q), 0.0)


def gap(before: str, reference: Position, here: Position) -> Gap:
    """One position of two sides."""
    first, other = _likeliest(reference) or reference.chosen, _likeliest(here) or here.chosen
    by_id = _have_ids(reference, here)
    return Gap(
        before=before,
        kl=divergence(reference, here),
        lost=_has_no_numbers(here) and not _has_no_numbers(reference),
        same_first=_key(first, by_id) == _key(other, by_id),
        reference=_shown(reference),
        here=_shown(here),
    )


def distance(gaps: Sequence[Gap]) -> Distance:
    """What the positions add up to."""
    told = [one for one in gaps if one.lost or one.kl is not None]
    found = [one.kl for one in told if one.kl is not None]
    lost = len(told) - len(found)
    mean = sum(found) / len(found) if found else None
    most = max(found, default=None)
    return Distance(
        closeness=_closeness(mean, most, lost, len(told)),
        positions=len(told),
        mean_kl=mean,
        max_kl=most,
        same_first=sum(one.same_first for one in gaps) / len(gaps) if gaps else None,
        asked=len(gaps),
        lost=lost,
        worst=tuple(sorted(told, key=lambda one: -math.inf if one.kl is None else -one.kl)[:WORST]),
    )


def _closeness(mean: float | None, most: float | None, lost: int, of: int) -> Closeness:
    if not of:
        return "not known"
    if lost or mean is None or most is None or mean > BROKEN_KL:
        return "broken"
    if mean <= SAME_KL and most <= SAME_MAX_KL:
        return "same"
    return "close" if mean <= CLOSE_KL else "differs"


def as_far_as(mean_kl: float) -> str:
    """The distance on the scale people know, the nearest by ratio: `as far as q4_K_M from f16`."""
    if mean_kl < SCALE[0][0] / 2:
        return "nearer than q8_0 to f16"
    if mean_kl > SCALE[-1][0] * 2:
        return "farther than q2_K from f16"
    name = min(SCALE, key=lambda row: abs(math.log(row[0] / mean_kl)))[1]
    return f"as far as {name} from f16"


SENTENCES: dict[Closeness, str] = {
    "same": "same: the difference is rounding",
    "close": "close: a small difference, of the size of a good quantization",
    "differs": "differs: more than rounding, as a lossy setting does",
    "broken": "broken: these are not this model's answers",
    "not known": "not known: the server tells no probabilities",
}


def sentence(found: Distance) -> str:
    """One sentence with its figures."""
    if found.mean_kl is None or found.max_kl is None:
        return SENTENCES[found.closeness]
    lost = f"; no numbers at {found.lost} of {found.positions} positions" if found.lost else ""
    return (
        f"{SENTENCES[found.closeness]} (mean KL {found.mean_kl:.4f}, largest {found.max_kl:.3f} nats, "
        f"{as_far_as(found.mean_kl)}{lost})"
    )


def worst_line(one: Gap) -> str:
    """A position as text: what stood before it, and what each side held likely."""
    before = clean_line(one.before[-40:], 60).strip()
    return f"after '... {before}' reference {_list(one.reference)}, here {_list(one.here)}"


def _list(shown: tuple[tuple[str, float], ...]) -> str:
    return ", ".join(f"'{clean_line(text, 20)}' {chance:.2f}" for text, chance in shown) or "no numbers"


def _has_no_numbers(place: Position) -> bool:
    """Whether the server answered with null where a probability should be."""
    return place.chosen.logprob is None or any(one.logprob is None for one in place.top)


def _have_ids(*places: Position) -> bool:
    """Whether both sides tell ids; a server that does not is compared by the texts of tokens."""
    return all(one.id is not None for place in places for one in place.top or (place.chosen,))


def _key(chance: Chance, by_id: bool) -> int | str | None:
    return chance.id if by_id else chance.text


def _chances(place: Position, by_id: bool) -> dict[int | str | None, float]:
    return {_key(one, by_id): math.exp(one.logprob) for one in place.top if one.logprob is not None}


def _likeliest(place: Position) -> Chance | None:
    known = [one for one in place.top if one.logprob is not None]
    return max(known, key=lambda one: one.logprob or 0.0, default=None)


def _shown(place: Position) -> tuple[tuple[str, float], ...]:
    known = sorted((-one.logprob, one.text) for one in place.top if one.logprob is not None)
    return tuple((text, round(math.exp(-cost), 4)) for cost, text in known[:2])
