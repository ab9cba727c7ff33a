from __future__ import annotations

import tomllib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.text.toml import to_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | TEXT
TABLES = st.recursive(
    SCALARS | st.lists(SCALARS, max_size=3),
    lambda inner: st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


def test_sections_come_after_values():
    text = to_toml({"launch": {"model": "/m.gguf", "parallel": 4}, "theme": "rocm", "gone": None})
    assert text == 'theme = "rocm"\n\n[launch]\nmodel = "/m.gguf"\nparallel = 4\n'


def test_odd_keys_and_characters_are_quoted():
    text = to_toml({"big context": {'say "hi"\n': "\x1b[31m\x7f"}})
    assert text == '["big context"]\n"say \\"hi\\"\\n" = "\\u001b[31m\\u007f"\n'


def test_dates_and_inline_tables():
    text = to_toml({"days": [date(2026, 11, 23)], "points": [{"x": 1}]})
    assert text == "days = [2026-11-23]\npoints = [{x = 1}]\n"


def test_a_value_toml_cannot_say_is_refused():
    with pytest.raises(TypeError, match="no TOML for set"):
        to_toml({"bad": {1, 2}})


@given(st.dictionaries(TEXT, TABLES, max_size=5))
def test_what_is_written_reads_the_same(table: dict[str, object]):
    assert tomllib.loads(to_toml(table)) == table
