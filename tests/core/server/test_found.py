"""Where a server listens is read from its command line."""

import pytest

from rocmtui.core.server.found import FoundServer, found_words, hide_keys, served_url


@pytest.mark.parametrize(
    ("command", "url"),
    [
        ("/opt/llama/llama-server -m m.gguf --port 8081 --host 0.0.0.0", "http://127.0.0.1:8081"),
        ("llama-server -m m.gguf", "http://127.0.0.1:8080"),
        ("llama-server --host ::1 --port 9 --port 10", "http://[::1]:10"),
        ("llama-server --host 10.0.0.5,127.0.0.1", "http://10.0.0.5:8080"),
        ("llama-server --host /run/llama.sock", "unix:///run/llama.sock"),
        ("/usr/bin/python -m rocmtui.embedded.llama.server --port 5", "http://127.0.0.1:5"),
        ("/usr/bin/python -I -S /x/keeper.py 7 8 llama-server --port 5", None),
        ("vim llama-server", None),
        ("", None),
    ],
)
def test_served_url(command: str, url: str | None) -> None:
    assert served_url(command.split()) == url


def test_found_in_words() -> None:
    kept = FoundServer(url="http://127.0.0.1:1", how="left running", pid=7, model="gemma", health="timeout")
    assert found_words(kept) == "left running, gemma, pid 7, does not answer"
    assert found_words(FoundServer(url="http://127.0.0.1:1", how="process")) == "a llama-server"


def test_a_key_joined_to_its_option_is_not_shown() -> None:
    assert hide_keys(("--hf-token=hf_x", "--port=1")) == ("--hf-token=•••", "--port=1")


def test_keys_of_other_peoples_servers_are_not_shown() -> None:
    command = ("llama-server", "--api-key", "s3cret", "-hft", "hf_x", "--port", "1", "--api-key")
    assert hide_keys(command) == (
        "llama-server",
        "--api-key",
        "•••",
        "-hft",
        "•••",
        "--port",
        "1",
        "--api-key",
    )
