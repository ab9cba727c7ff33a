"""Completion scripts, and what the shells that are installed make of them."""

import os
import pty
import re
import select
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from rocmtui.cli.commands.inspect.completion import SHELLS
from rocmtui.cli.main import COMMANDS, main

SOME = {name: COMMANDS[name] for name in ("models", "compare", "runs", "completion")}


@pytest.fixture
def script(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> str:
    monkeypatch.setattr("rocmtui.cli.main.COMMANDS", SOME)
    assert main(["completion", request.param]) == 0
    return capsys.readouterr().out


def ask_zsh(script: Path, typed: str, folder: Path) -> str:
    """What is on the line, and what is listed below it, after TAB twice in a terminal."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {**os.environ, "TERM": "dumb", "PS1": ""})
    told = b""
    try:
        setup = f"autoload -U compinit; compinit -D; source <(cat {script}); PS1=re''ady"
        for keys, until in ((f"{setup}\n", b"ready"), (f"{typed}\t\t\x15: do''ne\n", b"do''ne")):
            os.write(terminal, keys.encode())
            told = b""
            while until not in told and select.select([terminal], [], [], 20)[0]:
                told += os.read(terminal, 4096)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)
    return told.decode()


def ask_bash(script: str, *words: str, folder: Path = Path()) -> set[str]:
    """What bash offers for the last word."""
    quoted = " ".join(f"'{word}'" for word in words)
    typed = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}"
    program = f'{script}\n{typed}; _shtab_rocmtui; printf "%s\\n" "${{COMPREPLY[@]}}"'
    command = ["bash", "--norc", "-c", program]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True, timeout=20)
    assert done.stderr == ""
    return set(done.stdout.split("\n")) - {""}


@pytest.mark.parametrize("script", ["bash"], indirect=True)
def test_bash_offers_commands_options_and_values(script: str) -> None:
    assert ask_bash(script, "rocmtui", "") == set(SOME)
    assert ask_bash(script, "rocmtui", "mo") == {"models"}
    assert ask_bash(script, "rocmtui", "models", "--ctx") == {"--ctx-size", "--ctx-per-slot"}
    assert ask_bash(script, "rocmtui", "models", "-ct") == {"-ctk", "-ctv"}
    assert ask_bash(script, "rocmtui", "models", "-np", "") == set()
    assert ask_bash(script, "rocmtui", "completion", "") == set(SHELLS)
    assert ask_bash(script, "rocmtui", "runs", "p") == {"pack"}
    assert ask_bash(script, "rocmtui", "-m", "a.gguf", "--", "--ctx") == set()


@pytest.mark.parametrize("script", ["bash"], indirect=True)
def test_bash_offers_files_with_spaces_whole(script: str, tmp_path: Path) -> None:
    (tmp_path / "my models").mkdir()
    (tmp_path / "my models" / "a.gguf").touch()
    (tmp_path / "notes.txt").touch()
    assert ask_bash(script, "rocmtui", "models", "", folder=tmp_path) == {"my models"}
    assert ask_bash(script, "rocmtui", "-m", "my models/", folder=tmp_path) == {"my models/a.gguf"}
    assert ask_bash(script, "rocmtui", "-m", "", folder=tmp_path) == {"my models"}
    assert ask_bash(script, "rocmtui", "runs", "-o", "n", folder=tmp_path) == {"notes.txt"}


@pytest.mark.parametrize(("script", "shell"), [(shell, shell) for shell in SHELLS], indirect=["script"])
def test_each_shell_accepts_its_script(script: str, shell: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "script").write_text(script)
    subprocess.run([shell, "-n", tmp_path / "script"], check=True, timeout=20)


@pytest.mark.parametrize("script", ["zsh"], indirect=True)
def test_zsh_offers_options_and_every_file(script: str, tmp_path: Path) -> None:
    if shutil.which("zsh") is None:
        pytest.skip("zsh is not installed")
    (tmp_path / "script").write_text(script)
    (tmp_path / "my models").mkdir()
    (tmp_path / "my models" / "a.gguf").touch()

    def offered(line: str) -> str:
        return ask_zsh(tmp_path / "script", line, tmp_path)

    assert "-np" in (listed := offered("rocmtui models -"))
    assert "--ctx-per-slot" in listed
    assert "a.gguf" in offered("rocmtui -m my\\ models/")
    assert "script" in offered("rocmtui compare first scr")


@pytest.mark.parametrize("script", ["fish"], indirect=True)
def test_fish_takes_the_short_words_of_llama_server_as_old_options(script: str) -> None:
    assert " -o np -l parallel -x -d " in script
    assert re.search(r" -s \w\w", script) is None


@pytest.mark.parametrize("script", ["fish"], indirect=True)
def test_fish_offers_commands_options_and_files(script: str, tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    (tmp_path / "script").write_text(script)
    (tmp_path / "notes.txt").touch()

    def offered(line: str) -> list[str]:
        program = f"source {tmp_path}/script; complete -C '{line}'"
        home = {"HOME": str(tmp_path), "PATH": os.environ["PATH"]}
        told = subprocess.run(["fish", "-c", program], capture_output=True, text=True, timeout=20, env=home)
        assert told.stderr == ""
        return [row.partition("\t")[0] for row in told.stdout.splitlines()]

    assert set(offered("rocmtui ")) == set(SOME)
    assert offered("rocmtui models --ctx-p") == ["--ctx-per-slot"]
    assert offered(f"rocmtui runs -o {tmp_path}/no") == [f"{tmp_path}/notes.txt"]
    assert set(offered("rocmtui completion ")) == set(SHELLS)


@pytest.mark.parametrize("shell", SHELLS)
def test_every_command_is_in_every_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert [name for name in COMMANDS if name not in script] == []
