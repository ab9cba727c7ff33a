from __future__ import annotations

import pytest

from rocmtui.core.server.url import (
    host_of,
    http_base,
    is_this_machine,
    key_variable_problem,
    parse_server_url,
    port_of,
)
from rocmtui.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("8080", "http://127.0.0.1:8080"),
        (" gpu-box:8080 ", "http://gpu-box:8080"),
        ("http://10.0.0.2:9/v1/models", "http://10.0.0.2:9"),
        ("https://llm.example.com", "https://llm.example.com"),
        ("http://[::1]:8080/", "http://[::1]:8080"),
        ("http://münchen.example", "http://münchen.example"),
        ("http://my_box.local:1", "http://my_box.local:1"),
        ("https://example.com/llama/v1/chat/completions", "https://example.com/llama"),
        ("http://example.com/v10/?key=x#top", "http://example.com/v10"),
        ("unix:///run/llama.sock", "unix:///run/llama.sock"),
    ],
)
def test_addresses_as_people_type_them(typed: str, url: str):
    assert parse_server_url(typed) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "http://",
        "ftp://x",
        "unix://",
        "unix:///",
        "http://x:99999",
        "http://x:0",
        "http://a..b",
        f"http://{'a' * 70}.com",
        "http://xn--",
        "a b",
        "http://key@host",
        "http://[::1",
    ],
)
def test_what_is_no_address(typed: str):
    with pytest.raises(UsageError):
        parse_server_url(typed)


def test_what_an_http_client_is_told():
    assert http_base("https://example.com/llama") == ("https://example.com/llama", None)
    assert http_base("unix:///run/llama.sock") == ("http://localhost", "/run/llama.sock")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost", "LocalHost"])
def test_hosts_that_can_only_be_this_machine(host: str):
    assert is_this_machine(host)


@pytest.mark.parametrize("host", ["", "10.0.0.5", "0.0.0.0", "::", "127.acme.lan", "localhost.acme.lan"])
def test_hosts_that_may_be_elsewhere(host: str):
    assert not is_this_machine(host)


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("http://[::1]:8080/a", "::1", 8080),
        ("https://box.lan", "box.lan", None),
        ("unix:///run/x.sock", "", None),
        ("http://x:99999", "x", None),
        ("http://[", "", None),
        ("", "", None),
    ],
)
def test_parts_of_an_address_that_may_be_none(url: str, host: str, port: int | None):
    assert (host_of(url), port_of(url)) == (host, port)


def test_a_key_is_named_never_typed():
    assert key_variable_problem("") is None
    assert key_variable_problem("LLAMA_API_KEY") is None
    assert key_variable_problem("sk-1234") == "the name of a variable, never the key itself"
