"""Variants of a bench with drafts of several lengths, and without one."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.bench.plan.variant import Variant
from rocmtui.errors import UsageError

LONGEST = "--spec-draft-n-max"
_SHORT = (
    "-md",
    "-hfd",
    "-hfrd",
    "-td",
    "-tbd",
    "-ngld",
    "-devd",
    "-ctkd",
    "-ctvd",
    "-otd",
    "-cmoed",
    "-ncmoed",
)
_LONG = ("--spec-", "--model-draft", "--hf-repo-draft", "--draft-", "--gpu-layers-draft", "--device-draft")


def draft_variants(
    lengths: Sequence[int], flags: Sequence[str]
) -> tuple[tuple[Variant, ...], tuple[str, ...]]:
    """A variant for each length, 0 without any flag of a draft; and the flags that all share.

    Raises UsageError where the flags name no draft, or set the length themselves.
    """
    shared, of_draft = split_flags(flags)
    if not of_draft:
        raise UsageError(
            "--draft-sweep needs a draft",
            "name it after --, for example -- -md draft.gguf --spec-type draft-simple",
        )
    if any(word.partition("=")[0] == LONGEST for word in of_draft):
        raise UsageError(f"--draft-sweep sets {LONGEST} itself", "leave it out")
    variants = tuple(
        Variant(label=f"draft {length}", flags=(*of_draft, LONGEST, str(length)))
        if length
        else Variant(label="no draft")
        for length in lengths
    )
    return variants, shared


def split_flags(flags: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What has nothing to do with a draft, and what has, each flag with its value."""
    shared: list[str] = []
    of_draft: list[str] = []
    into = shared
    for word in flags:
        if word.startswith("-") and not word[1:2].isdigit():
            into = of_draft if word.partition("=")[0] in _SHORT or word.startswith(_LONG) else shared
        into.append(word)
    return tuple(shared), tuple(of_draft)
