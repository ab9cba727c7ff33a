"""Findings about the llama-server that would be started."""

from __future__ import annotations

from collections.abc import Iterator

from rocmtui.core.doctor.facts import Finding, MachineFacts, ServerProgram, good, problem, warning
from rocmtui.core.text.sanitize import clean_line

EMBEDDED = "embedded"
ASK = "rocmtui doctor --wake asks all the same"
GET_A_BUILD = (
    "get a ROCm or Vulkan build of llama-server (https://github.com/ggml-org/llama.cpp/releases) and "
    "export ROCM_LLAMA_SERVER_PATH=/path/to/llama-server"
)
CRASHES = (
    "it is asked with every GPU but the chosen one hidden; try another build, or --gpu with another card"
)


def server_findings(facts: MachineFacts) -> Iterator[Finding]:
    """Which server it is, and whether it can use the GPUs there are."""
    server = facts.server
    if server is None:
        text = facts.server_problem or "no llama-server was found"
        remedy = facts.server_remedy or GET_A_BUILD
        yield problem("server", clean_line(text, 300), remedy)
        return
    name = f"{clean_line(server.path)} (by {server.source})"
    if server.not_asked:
        yield warning("server", f"{name}: {server.not_asked}", ASK)
        return
    silent = server.version is None and server.devices is None and not server.died_of
    if server.source != EMBEDDED and silent:
        text = f"{name} tells no version and lists no devices"
        yield warning("server", f"{text}: it may be no llama-server", "name the llama-server program itself")
        return
    if server.died_of:
        text = f"{name} crashes when asked {', '.join(server.died_of)}"
        yield warning("server", f"{text}: what it can do here cannot be told", CRASHES)
    else:
        yield good("server", _server_line(server, name))
    if not facts.gpus:
        return
    if server.source == EMBEDDED or server.backend == "CPU":
        what = "the embedded server" if server.source == EMBEDDED else "this llama-server"
        text = f"{what} runs on the CPU, although this machine has a GPU"
        yield warning("server", text, GET_A_BUILD)
    elif server.devices == ():
        text = "this llama-server sees no GPU, although this machine has one"
        remedy = "mend what is said above about access and ROCm, or use a build for this GPU"
        yield problem("server", text, remedy)


def _server_line(server: ServerProgram, name: str) -> str:
    name = "the embedded server" if server.source == EMBEDDED else name
    version = f", {clean_line(server.version, 60)}" if server.version else ""
    backend = f", {server.backend} backend" if server.backend else ""
    devices = "; ".join(
        f"{clean_line(device.name, 20)} {clean_line(device.description, 60)}"
        for device in server.devices or ()
    )
    return f"{name}{version}{backend}{f', sees {devices}' if devices else ''}"
