"""Tables fit the terminal, by dropping and narrowing what matters least."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from rocmtui.core.text.tables import Column, Table, Toned, columns, markdown_table, terminal_table

TABLE = Table(
    (
        Column("model", least=8),
        Column("slots", right=True),
        Column("quant", drop=1),
        Column("where", drop=2),
        Column("against off", least=12, wrap=True),
    ),
    [
        ("gemma-3-27b-it", "4", "Q4_K_M", "LM Studio", Toned("4.1 % faster (2.2 to 6.0)", "good")),
        ("日本語モデル", "16", "F16", "Ollama", Toned("worse", "bad")),
    ],
)


def test_without_a_width_everything_is_shown() -> None:
    assert terminal_table(TABLE).splitlines() == [
        "model           slots  quant   where      against off",
        "gemma-3-27b-it      4  Q4_K_M  LM Studio  4.1 % faster (2.2 to 6.0)",
        "日本語モデル       16  F16     Ollama     worse",
    ]


@pytest.mark.parametrize("width", range(33, 75))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = terminal_table(TABLE, width).splitlines()
    assert max(map(cell_len, lines)) <= width
    shown = " ".join(lines)
    assert "slots" in shown
    assert all(word in shown for word in ("4.1", "faster", "6.0)"))


def test_columns_go_in_their_order_and_then_cells_are_narrowed() -> None:
    assert terminal_table(TABLE, 52).splitlines()[0].split() == [
        "model",
        "slots",
        "quant",
        "where",
        "against",
        "off",
    ]
    assert terminal_table(TABLE, 46).splitlines()[0].split() == ["model", "slots", "quant", "against", "off"]
    assert terminal_table(TABLE, 34).splitlines()[1:3] == [
        "gemma-3-2…      4  4.1 % faster",
        "                   (2.2 to 6.0)",
    ]


def test_colours_are_shown_only_where_asked_and_cells_are_never_markup() -> None:
    table = Table(columns("[bold]name", right=frozenset({0})), [(Toned("\x1b[31m[red]:smile:", "bad"),)])
    assert terminal_table(table) == "  [bold]name\n[red]:smile:"
    coloured = terminal_table(table, colour=True)
    assert "\x1b[1;31m[red]:smile:\x1b[0m" in coloured
    assert "\x1b[31m" not in coloured


def test_a_table_without_titles_has_no_head() -> None:
    assert terminal_table(Table(columns("", ""), [("speed", "5 tok/s")])) == "speed  5 tok/s"


def test_markdown_has_every_column_and_nothing_is_read_as_markup() -> None:
    table = Table((Column("a|b", right=True, drop=9), Column("c", drop=8)), [("1", Toned("*x*", "good"))])
    assert markdown_table(table) == "| a\\|b | c |\n| ---: | --- |\n| 1 | \\*x\\* |"
