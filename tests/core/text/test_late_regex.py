"""Patterns that are compiled when they are first used."""

import re

import pytest

from rocmtui.core.text.late_regex import LateRegex


def test_nothing_is_compiled_before_its_first_use() -> None:
    broken = LateRegex("(")
    with pytest.raises(re.error):
        broken.search("a")


def test_it_finds_what_a_compiled_one_finds() -> None:
    late, compiled, text = LateRegex(r"(\d)b", re.I), re.compile(r"(\d)b", re.I), "1B 2b"
    assert late.search(text)[0] == compiled.search(text)[0] == "1B"
    assert late.match(text)[1] == "1"
    assert late.fullmatch(text) is None
    assert late.findall(text) == compiled.findall(text) == ["1", "2"]
    assert [found[0] for found in late.finditer(text)] == ["1B", "2b"]
    assert late.sub("x", text) == compiled.sub("x", text)
    assert LateRegex(rb"\d+").findall(b"1 22") == [b"1", b"22"]
