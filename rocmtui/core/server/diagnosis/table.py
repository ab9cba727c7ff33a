"""The table of known ends of llama-server: what its log says, what that means, what to do.

A test holds each row against the log lines it was made from. Order matters: the first row whose patterns are
all found wins, so causes stand before consequences.
"""

from __future__ import annotations

from rocmtui.core.server.diagnosis.gpu_rows import GPU_FAULTS, MEMORY
from rocmtui.core.server.diagnosis.model_rows import ARGUMENTS, MODEL_FILE
from rocmtui.core.server.diagnosis.row import row

_PROGRAM = (
    row(
        "library_missing",
        r"error while loading shared libraries: (?P<library>[^:\s]+): (?P<why>.*)",
        cause="llama-server needs the library {library}, which is not found",
        remedy="install what brings it (ROCm for libhip*, libroc*, libhsa*), or add its folder to "
        "LD_LIBRARY_PATH",
    ),
    row(
        "library_mismatch",
        r"symbol lookup error: .*undefined symbol: (?P<symbol>\S+)|version [`'](?P<version>\S+)' not found",
        cause="llama-server and a library it needs are of different versions ({symbol}{version})",
        remedy="use a build made for this system and this ROCm version",
    ),
    row(
        "no_threads",
        r"std::system_error|Resource temporarily unavailable",
        cause="the system gave llama-server no more threads or memory",
        remedy="raise the limits (`ulimit -u`, `ulimit -v`, the container's pids limit), or give a smaller"
        " -t",
    ),
    row(
        "assertion",
        r"(?P<where>[\w./-]+:\d+): GGML_ASSERT\((?P<what>.*)\) failed",
        cause="llama.cpp stopped itself at {where}: it found {what} to be untrue",
        remedy="a fault of llama.cpp or of the model file: try another build, then report it there",
        repeatable=False,
    ),
    row(
        "embedded_missing",
        r"the embedded server needs the xllamacpp package",
        cause="the embedded server is not installed",
        remedy="install rocmtui with its demo extra, or give --server-bin",
    ),
)

ROWS = ARGUMENTS + MODEL_FILE + GPU_FAULTS + MEMORY + _PROGRAM

SIGNAL_ROWS = {
    4: row(
        "illegal_instruction",
        cause="this llama-server is built for another CPU: it used an instruction this one lacks (SIGILL)",
        remedy="use a build for this CPU, or compile one here",
    ),
    6: row(
        "aborted",
        cause="llama-server stopped itself (SIGABRT)",
        remedy="its last lines say why; try another build",
        repeatable=False,
    ),
    7: row(
        "bus_error",
        cause="the model file could not be read while it was mapped (SIGBUS): it shrank, or its disk failed",
        remedy="check the file and the disk (`dmesg`); `--load-mode none` reads it into memory instead",
        repeatable=False,
    ),
    9: row(
        "killed",
        cause="llama-server was killed from outside (SIGKILL)",
        remedy="when memory ran out, the kernel did it (`dmesg | grep -i oom`); else somebody's `kill -9`",
        repeatable=False,
    ),
    11: row(
        "segmentation_fault",
        cause="llama-server crashed (SIGSEGV)",
        remedy="try another build; with an integrated GPU beside the card, hide it (--gpu)",
        repeatable=False,
    ),
    15: row(
        "terminated",
        cause="somebody else stopped llama-server (SIGTERM)",
        remedy="start it again; a service manager or a script may have sent it",
        repeatable=False,
    ),
    2: row(
        "interrupted",
        cause="somebody else stopped llama-server (SIGINT)",
        remedy="start it again",
        repeatable=False,
    ),
}
"""Ends that only the signal tells of."""
