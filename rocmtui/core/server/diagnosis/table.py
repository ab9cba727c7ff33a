"""The table of known ends of llama-server: what its log says, what that means, what to do.

A test holds each row against the log lines it was made from. What a crash printed wins over the reasons a
load was given up for, of those the one nearest the end, then the signal. Of equals the first row wins, so
causes stand before consequences.
"""

from __future__ import annotations

from rocmtui.core.server.diagnosis.gpu_rows import GPU_FAULTS, GPU_START
from rocmtui.core.server.diagnosis.memory_rows import MEMORY
from rocmtui.core.server.diagnosis.model_rows import ARGUMENTS, GENERAL, MODEL_FILE
from rocmtui.core.server.diagnosis.row import Row, fatal, load_error

_PROGRAM = (
    load_error(
        "library_missing",
        r"error while loading shared libraries: (?P<library>[^:\s]+): (?P<why>.*)",
        cause="llama-server needs the library {library}, which is not found",
        remedy="install what brings it (ROCm for libhip*, libroc*, libhsa*), or add its folder to "
        "LD_LIBRARY_PATH",
    ),
    load_error(
        "library_mismatch",
        r"symbol lookup error: .*undefined symbol: (?P<symbol>\S+)|version [`'](?P<version>\S+)' not found",
        cause="llama-server and a library it needs are of different versions ({symbol}{version})",
        remedy="use a build made for this system and this ROCm version",
    ),
    fatal(
        "no_threads",
        r"std::system_error|Resource temporarily unavailable",
        cause="the system gave llama-server no more threads or memory",
        remedy="raise the limits (`ulimit -u`, `ulimit -v`, the container's pids limit), or give a smaller"
        " -t",
        repeatable=True,
    ),
    fatal(
        "assertion",
        r"(?P<where>[\w./-]+:\d+): GGML_ASSERT\((?P<what>.*)\) failed",
        cause="llama.cpp stopped itself at {where}: it found {what} to be untrue",
        remedy="a fault of llama.cpp or of the model file: try another build, then report it there",
    ),
    fatal(
        "library_assertion",
        r"/c\+\+/.*: Assertion '(?P<what>.*)' failed",
        cause="llama-server stopped itself: a check of the C++ library failed ({what})",
        remedy="a fault of llama.cpp: try another build, then report it there",
    ),
    fatal(
        "memory_corrupted",
        r"^(?P<what>free\(\): invalid|double free|malloc\(\): |corrupted (?:size|double)|munmap_chunk\(\)|"
        r"\*\*\* stack smashing)",
        cause="llama-server damaged its own memory ({what}...)",
        remedy="a fault of llama.cpp, of a driver or of the RAM: try another build, then report it there",
    ),
    fatal(
        "uncaught_json",
        r"what\(\):\s+\[json\.exception\.(?P<type>[\w.]+)\] (?P<why>.*)",
        cause="llama-server stopped over text that it could not put into JSON ({why})",
        remedy="a fault of llama.cpp: try another build, then report it there with the prompt",
    ),
    fatal(
        "uncaught_error",
        r"terminate called after throwing an instance of '(?P<type>[^']*)'",
        r"^\s*what\(\):\s+(?P<why>.*)",
        cause="llama-server stopped over an error that it did not handle ({why})",
        remedy="a fault of llama.cpp: try another build, then report it there",
    ),
    load_error(
        "embedded_missing",
        r"the embedded server needs the xllamacpp package",
        cause="the embedded server is not installed",
        remedy="install rocmtui with its demo extra, or give --server-bin",
    ),
)

ROWS = GPU_START + ARGUMENTS + MODEL_FILE + GPU_FAULTS + MEMORY + _PROGRAM
GENERAL_ROWS = GENERAL
"""They count only where no other does."""


def _stopped(code: str, signal: str, remedy: str) -> Row:
    return Row(code, f"somebody else stopped llama-server ({signal})", remedy)


SIGNAL_ROWS = {
    4: Row(
        "illegal_instruction",
        cause="this llama-server is built for another CPU: it used an instruction this one lacks (SIGILL)",
        remedy="use a build for this CPU, or compile one here",
        repeatable=True,
    ),
    6: Row(
        "aborted",
        cause="llama-server stopped itself (SIGABRT)",
        remedy="its last lines say why; try another build",
    ),
    3: _stopped("quit", "SIGQUIT", "start it again"),
    5: Row(
        "trapped",
        cause="llama-server stopped at a trap (SIGTRAP): a check of the build, or a debugger",
        remedy="its last lines say how far it came; try another build",
    ),
    7: Row(
        "bus_error",
        cause="the model file could not be read while it was mapped (SIGBUS): it shrank, or its disk failed",
        remedy="check the file and the disk (`dmesg`); `--load-mode none` reads it into memory instead",
    ),
    8: Row(
        "arithmetic",
        cause="llama-server crashed over an impossible calculation (SIGFPE), such as a division by zero",
        remedy="a fault of llama.cpp or of the model file: try another build",
    ),
    9: Row(
        "killed",
        cause="llama-server was killed from outside (SIGKILL)",
        remedy="when memory ran out, the kernel did it (`dmesg | grep -i oom`); else somebody's `kill -9`",
    ),
    11: Row(
        "segmentation_fault",
        cause="llama-server crashed (SIGSEGV)",
        remedy="try another build; with an integrated GPU beside the card, hide it (--gpu)",
    ),
    15: _stopped("terminated", "SIGTERM", "start it again; a service manager or a script may have sent it"),
    1: Row(
        "hung_up",
        cause="somebody else stopped llama-server (SIGHUP): its terminal was closed",
        remedy="start it again",
    ),
    24: Row(
        "cpu_limit",
        cause="llama-server used up the processor time it was allowed (SIGXCPU)",
        remedy="raise the limit (`ulimit -t`)",
    ),
    31: Row(
        "forbidden_call",
        cause="llama-server made a system call that is forbidden here (SIGSYS): a sandbox or container",
        remedy="loosen the seccomp profile of the container or service",
    ),
    2: _stopped("interrupted", "SIGINT", "start it again"),
}
"""Ends that only the signal tells of."""
