"""What `verify` found of one server: alone, in company, at a depth; as text and as an exit code."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rocmtui.core.answers.distance import Closeness, Distance, sentence, worst_line
from rocmtui.core.answers.look import Look
from rocmtui.core.answers.reference import Way
from rocmtui.core.text import forms

SCHEMA = "rocmtui.verify/1"

_ORDER: tuple[Closeness, ...] = ("not known", "same", "close", "differs", "broken")
_LACKS: dict[Way, str] = {
    "tokens": "",
    "text": "asked by text: this server takes no token ids, so that a token may be cut otherwise",
    "chat": "only the beginnings of chats could be compared: this server cannot be led along a text",
}


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What verify.json holds."""

    schema: str = SCHEMA
    subject: str = ""
    """The server that was looked at."""
    against: str = ""
    """The reference."""
    way: Way = "tokens"
    max_kl: float
    look: Look | None = None
    alone: Distance
    busy: Distance | None = None
    """The same positions with all slots at work."""
    slots: int = 1
    deep: Distance | None = None
    depth: int | None = None

    @property
    def closeness(self) -> Closeness:
        """The worst of what was found."""
        return max((part.closeness for _, part in self.parts()), key=_ORDER.index)

    @property
    def is_broken(self) -> bool:
        """Whether these are not its model's answers, so that no figure of it means anything."""
        return self.closeness == "broken" or (self.look is not None and self.look.is_nonsense)

    @property
    def differs(self) -> bool:
        """Whether it is broken, or farther from the reference than was allowed."""
        means = (part.mean_kl for _, part in self.parts())
        return self.is_broken or any(mean is not None and mean > self.max_kl for mean in means)

    def parts(self) -> Iterator[tuple[str, Distance]]:
        """Every comparison with its name."""
        yield "alone", self.alone
        if self.busy is not None:
            yield f"with {self.slots} slots busy", self.busy
        if self.deep is not None:
            yield f"at a depth of {forms.count(self.depth)}", self.deep


def verification_text(found: Verification) -> str:
    """What the command prints: the sentence first, then each comparison and the worst positions."""
    lines = [f"answers {_verdict(found)}", "", f"of      {found.subject}", f"against {found.against}", ""]
    width = max(len(name) for name, _ in found.parts())
    for name, part in found.parts():
        first = forms.share(part.same_first)
        lines.append(f"{name:<{width}}  {sentence(part)}")
        lines.append(f"{'':<{width}}  same first choice at {first} of {part.asked} positions")
    worst = max((part for _, part in found.parts()), key=lambda part: part.mean_kl or 0.0)
    if worst.worst and found.closeness != "same":
        lines += ["", "farthest apart:", *(f"  {worst_line(one)}" for one in worst.worst)]
    lacks = _LACKS[found.way]
    if lacks:
        lines += ["", f"not known: {lacks}"]
    return "\n".join(lines) + "\n"


def _verdict(found: Verification) -> str:
    if found.look is not None and found.look.is_nonsense:
        return f"broken: {found.look.words}"
    worst = next(part for _, part in found.parts() if part.closeness == found.closeness)
    only_far = found.differs and not found.is_broken
    return sentence(worst) + (f"; more than --max-kl {found.max_kl:g}" if only_far else "")
