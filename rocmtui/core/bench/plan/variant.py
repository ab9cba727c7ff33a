"""A server variant of a bench: a binary, flags or both under one label."""

from __future__ import annotations

import shlex

import msgspec

from rocmtui.core.server.command import refuse_keys
from rocmtui.core.server.state import FLAGS, LaunchPlan
from rocmtui.errors import UsageError

_FIELDS = {name: field for field, names in FLAGS.items() for name in names}
_OWN_AXES = {
    "-m": "--model",
    "--model": "--model",
    "-np": "--parallel",
    "--parallel": "--parallel",
    "-c": "--ctx-per-slot",
    "--ctx-size": "--ctx-per-slot",
}
_OURS = ("--host", "--port")


class Variant(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way to run the server; the first variant of a bench is what the others are compared with."""

    label: str
    server_bin: str | None = None
    """Path of the llama-server to use; None: the usual one."""
    flags: tuple[str, ...] = ()
    """llama-server flags, word by word."""

    def applied(self, plan: LaunchPlan) -> LaunchPlan:
        """`plan` with this variant's binary and flags; flags win over the plan's fields."""
        fields: dict[str, object] = {}
        extra: list[str] = []
        words = iter(self.flags)
        for word in words:
            name, equals, value = word.partition("=")
            if name in _FIELDS:
                fields[_FIELDS[name]] = value if equals else next(words, "")
            else:
                extra.append(word)
        if self.server_bin is not None:
            fields["server_bin"] = self.server_bin
        return msgspec.structs.replace(plan, **fields, extra_args=(*plan.extra_args, *extra))


BASELINE = Variant(label="default")
"""The only variant when none is given."""


def parse_variant(text: str) -> Variant:
    """`LABEL: flags`, e.g. `fa off: -fa off`; the flags may be empty.

    Raises UsageError when there is no label, or a flag belongs to the bench itself.
    """
    label, colon, flags = text.partition(":")
    if not colon or not label.strip():
        raise UsageError(
            f"variant {text!r} has no label", "write 'LABEL: flags', for example --variant 'fa off: -fa off'"
        )
    return checked(Variant(label=label.strip(), flags=words(flags)))


def words(flags: str) -> tuple[str, ...]:
    """Flags as a shell would split them. Raises UsageError for a quotation mark left open."""
    try:
        return tuple(shlex.split(flags))
    except ValueError as error:
        raise UsageError(f"flags {flags!r}: {error}", "close the quotation mark") from None


def parse_server(text: str) -> Variant:
    """`LABEL=PATH`, e.g. `rocwmma=/opt/a/llama-server`. Raises UsageError when a half is missing."""
    label, _, path = text.partition("=")
    if not label.strip() or not path.strip():
        raise UsageError(f"server {text!r} is not LABEL=PATH", "for example --server new=/opt/b/llama-server")
    return Variant(label=label.strip(), server_bin=path.strip())


def checked(variant: Variant) -> Variant:
    """The variant itself. Raises UsageError for a flag that would work against the bench."""
    refuse_keys(variant.flags)
    for index, word in enumerate(variant.flags):
        name = word.partition("=")[0]
        if name in _OWN_AXES:
            raise UsageError(
                f"variant {variant.label!r} sets {name}", f"give it to the bench itself: {_OWN_AXES[name]}"
            )
        if name in _OURS:
            raise UsageError(f"variant {variant.label!r} sets {name}, which rocmtui chooses", "leave it out")
        if name in _FIELDS and "=" not in word and index + 1 == len(variant.flags):
            raise UsageError(f"variant {variant.label!r}: {name} needs a value", f"for example {name} on")
    return variant


def combined(servers: tuple[Variant, ...], variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """Every server with every set of flags, the first of both first. Raises UsageError on equal labels."""
    if servers and variants:
        every = tuple(
            Variant(label=f"{server.label}, {flags.label}", server_bin=server.server_bin, flags=flags.flags)
            for server in servers
            for flags in variants
        )
    else:
        every = servers or variants or (BASELINE,)
    labels = [variant.label for variant in every]
    twice = next((label for label in labels if labels.count(label) > 1), None)
    if twice is not None:
        raise UsageError(f"two variants are called {twice!r}", "give each its own label")
    return every
