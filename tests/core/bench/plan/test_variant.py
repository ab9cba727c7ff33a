"""Variants: labels and flags read, flags that belong to the bench refused."""

from __future__ import annotations

import pytest

from rocmtui.core.bench.plan.variant import Variant, combined, parse_server, parse_variant
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError


def test_known_flags_become_fields_and_the_rest_is_passed_on() -> None:
    variant = parse_variant("small cache: -fa on -ctk q8_0 --cache-type-v=q8_0 -ub 256 --no-kv-offload")
    plan = variant.applied(LaunchPlan(model="m.gguf", flash_attn="off", extra_args=("-b", "512")))
    assert (plan.flash_attn, plan.cache_type_k, plan.cache_type_v) == ("on", "q8_0", "q8_0")
    assert plan.extra_args == ("-b", "512", "-ub", "256", "--no-kv-offload")


def test_a_variant_without_flags_leaves_the_plan_alone() -> None:
    plan = LaunchPlan(model="m.gguf")
    assert parse_variant("plain:").applied(plan) == plan


def test_quoted_values_stay_whole() -> None:
    assert parse_variant("t: --chat-template 'a b'").flags == ("--chat-template", "a b")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("-fa on", "no label"),
        (": -fa on", "no label"),
        ("a: -np 4", "sets -np"),
        ("a: --ctx-size=99", "sets --ctx-size"),
        ("a: --port 1", "sets --port"),
        ("a: --api-key x", "a key after"),
        ("a: -fa", "-fa needs a value"),
        ("a: 'x", "No closing quotation"),
    ],
)
def test_what_cannot_work_is_refused_in_one_line(text: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        parse_variant(text)


@pytest.mark.parametrize("text", ["label", "=path", "label="])
def test_a_server_needs_label_and_path(text: str) -> None:
    with pytest.raises(UsageError, match="LABEL=PATH"):
        parse_server(text)


def test_servers_and_variants_multiply_and_the_first_stays_first() -> None:
    servers = (parse_server("old=/a"), parse_server("new=/b"))
    every = combined(servers, (parse_variant("on: -fa on"), parse_variant("off: -fa off")))
    assert [v.label for v in every] == ["old, on", "old, off", "new, on", "new, off"]
    assert every[2] == Variant(label="new, on", server_bin="/b", flags=("-fa", "on"))


def test_equal_labels_are_refused() -> None:
    with pytest.raises(UsageError, match="two variants are called 'a'"):
        combined((), (parse_variant("a: -fa on"), parse_variant("a: -fa off")))
