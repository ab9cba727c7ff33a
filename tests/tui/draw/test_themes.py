"""Theme files: all that ship are good, a bad one is reported and the others load."""

import math
from pathlib import Path

import pytest
from textual.color import Color

from rocmtui.adapters.machine.theme_files import ThemeText, read_theme_files, shipped_themes, theme_folders
from rocmtui.errors import UsageError
from rocmtui.tui.app.base import RocmtuiApp
from rocmtui.tui.draw.foreign_themes import foreign_themes
from rocmtui.tui.draw.palette import Palette
from rocmtui.tui.draw.themes import load_themes, parse_theme
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.scripted_views import running

GOOD = Path("themes/midnight.toml").read_text()


def contrast(one: Color, other: Color) -> float:
    """WCAG's contrast ratio."""

    def luminance(color: Color) -> float:
        parts = [part / 255 for part in (color.r, color.g, color.b)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_shipped_theme_loads() -> None:
    load = load_themes(read_theme_files((Path("themes"),)))
    assert load.failed == ()
    names = {loaded.theme.name for loaded in load.loaded}
    assert names >= {"midnight", "daylight", "contrast", "colorsafe", "radeon", "terminal"}


@pytest.mark.parametrize("path", sorted(Path("themes").glob("*.toml")), ids=lambda path: path.stem)
def test_text_can_be_read_on_its_background(path: Path) -> None:
    theme = parse_theme(path.stem, path.read_text()).theme
    if theme.ansi:
        return
    background = Color.parse(str(theme.background))
    least = 7.0 if path.stem == "contrast" else 4.0
    for role in ("text", "muted", "accent", "good", "warning", "bad", "prefill"):
        style = Palette(theme).style(role)
        assert contrast(Color.from_rich_color(style.color), background) >= least, role


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("title = ", "is not TOML"),
        ('title = "x"', "missing required field `colors`"),
        (GOOD.replace('accent = "', 'accent = "no'), "colors.accent: 'no#5cc8b4' is no colour"),
        (GOOD + 'sparkle = "#ffffff"\n', "unknown field `sparkle`"),
        (GOOD.replace("dark = true", "dark = 3"), "Expected `bool`"),
        (GOOD.replace("#5cc8b4", "ansi_red"), "add `ansi = true`"),
    ],
)
def test_a_bad_file_says_why(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_theme("x", text)
    assert reason in raised.value.message


async def test_a_bad_user_theme_is_reported_and_the_others_load(isolated_home: Path) -> None:
    folder = isolated_home / "config" / "rocmtui" / "themes"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text(GOOD.replace("Midnight", "Mine"))
    (folder / "broken.toml").write_text("title = [bold]")
    (folder / "binary.toml").write_bytes(b"\xff\xfe")
    app = RocmtuiApp(ScriptedSession(running()), theme="mine")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await pilot.pause()
        assert app.theme == "mine"
        told = [notice.message for notice in app._notifications]
        assert len(told) == 2
        assert "binary.toml: is not UTF-8 text" in told[0]
        assert "broken.toml: is not TOML" in told[1]


def test_a_user_theme_replaces_a_shipped_one_of_its_name() -> None:
    mine = GOOD.replace("Midnight", "My midnight")
    files = (ThemeText("a", "midnight", GOOD), ThemeText("b", "midnight", mine))
    assert [loaded.title for loaded in load_themes(files).loaded] == ["My midnight"]


def test_themes_are_found_in_a_wheel_and_in_a_checkout(tmp_path: Path) -> None:
    package = tmp_path / "site" / "rocmtui"
    package.mkdir(parents=True)
    assert shipped_themes(package) == tmp_path / "site" / "themes"
    (package / "themes").mkdir()
    assert shipped_themes(package) == package / "themes"
    assert (theme_folders()[0] / "midnight.toml").is_file()


async def test_the_theme_changes_while_the_app_runs() -> None:
    app = RocmtuiApp(ScriptedSession(running()), theme="midnight")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before = app.export_screenshot()
        app.theme = "daylight"
        await pilot.pause()
        after = app.export_screenshot()
        assert "#0f1218" in before
        assert "#0f1218" not in after
        assert "#fbfbf9" in after


@pytest.mark.parametrize(
    ("variables", "theme"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "midnight"),
        ({"TERM": "xterm", "COLORTERM": ""}, "terminal"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "terminal"),
    ],
)
def test_few_colours_choose_the_terminals_own(
    variables: dict[str, str], theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert RocmtuiApp(ScriptedSession(running())).theme == theme


@pytest.mark.parametrize("name", foreign_themes())
def test_textuals_own_themes_can_be_read_and_amber_is_not_red(name: str) -> None:
    palette = Palette(foreign_themes()[name])
    seen = {role: Color.from_rich_color(palette.style(role).color) for role in ("warning", "bad", "decode")}
    background = Color.from_rich_color(palette.style("text").bgcolor)
    for role in ("text", "muted", "accent", "good", "warning", "bad", "decode", "prefill", "queue"):
        color = Color.from_rich_color(palette.style(role).color)
        assert contrast(color, background) >= 3.4, role
    assert math.dist(seen["warning"].rgb, seen["bad"].rgb) >= 55
    assert math.dist(seen["warning"].rgb, seen["decode"].rgb) >= 55
