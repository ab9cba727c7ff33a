"""A llama-server over the xllamacpp package: llama.cpp's own C++ server, run as a process of its own.

`python -m rocmtui.embedded.llama.server -m model.gguf -np 4 --port 8080` behaves as llama-server does:
flags, log, HTTP endpoints, exit codes, signals. What differs: it has only the options in `help.txt`,
and a second SIGTERM ends it by that signal instead of with exit code 1.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from types import ModuleType

from rocmtui.embedded.llama.command_line import FlagError, Values, parse_command_line
from rocmtui.embedded.llama.options import ACTION, HELP, LOG_JSONL
from rocmtui.embedded.llama.values import EnumName

PR_SET_PDEATHSIG = 1
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def main() -> int:
    """Serve until told to stop; returns the exit code."""
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    try:
        line = parse_command_line(sys.argv[1:], os.environ)
    except FlagError as error:
        return _fail(str(error))
    for warning in line.warnings:
        print(warning, file=sys.stderr, flush=True)
    action = line.values.pop(ACTION, None)
    if action == "help":
        print(HELP, end="")
        return 0
    try:
        import xllamacpp
    except ImportError as error:
        return _fail(f"error: the embedded server needs the xllamacpp package ({error})")
    match action:
        case "version":
            return _print_version(xllamacpp)
        case "list-devices":
            return _print_devices(xllamacpp)
    return _serve(xllamacpp, line.values)


def _serve(xllamacpp: ModuleType, values: Values) -> int:
    if not values.get("model.path"):
        return _fail("error: the embedded server needs --model (it has no router mode)")
    _die_with_parent()
    log = _Log(xllamacpp)
    if values.pop(LOG_JSONL, False):
        log.write_json()
    params = xllamacpp.CommonParams()
    for path, value in values.items():
        _set(xllamacpp, params, path, value)
    try:
        server = xllamacpp.Server(params)
    except RuntimeError:
        log.flush()  # says why
        return 1
    _wait_for_stop()
    # Taking the server down can take as long as its streams; a second signal must end it at once.
    for number in _STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    del server
    log.flush()
    return 0


class _Log:
    """llama.cpp's log. No binding offers these calls, but the library exports them."""

    def __init__(self, xllamacpp: ModuleType) -> None:
        self._library = ctypes.CDLL(xllamacpp.xllamacpp.__file__)

    def write_json(self) -> None:
        """From now on JSON lines to stdout."""
        self._library["_Z20common_log_set_jsonlb"](ctypes.c_bool(True))

    def flush(self) -> None:
        """Wait for the thread that writes it: what it has not written when the process ends is lost."""
        main = self._library["_Z15common_log_mainv"]
        main.restype = ctypes.c_void_p
        flush = self._library["_Z16common_log_flushP10common_log"]
        flush.argtypes = (ctypes.c_void_p,)
        flush(main())


def _set(xllamacpp: ModuleType, params: object, path: str, value: object) -> None:
    *parents, name = path.split(".")
    for parent in parents:
        params = getattr(params, parent)
    if isinstance(value, EnumName):
        value = getattr(getattr(xllamacpp, value.enum), value.member)
    setattr(params, name, value)


def _wait_for_stop() -> None:
    """Block until SIGTERM or SIGINT, whichever of the process's threads it reaches."""
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    for number in _STOP_SIGNALS:
        signal.signal(number, lambda *_: None)
    os.read(readable, 1)
    signal.set_wakeup_fd(-1)


def _die_with_parent() -> None:
    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)


def _print_version(xllamacpp: ModuleType) -> int:
    info = xllamacpp.BUILD_INFO
    print(
        f"version: {xllamacpp.__version__} (build {info['build_number']}, commit {info['commit']})\n"
        f"built with {info['compiler']} for {info['build_target']}",
        file=sys.stderr,
    )
    return 0


def _print_devices(xllamacpp: ModuleType) -> int:
    print("Available devices:")
    kind = xllamacpp.ggml_backend_dev_type
    rows = [
        f"  {device['name']}: {device['description']} "
        f"({device['memory_total'] >> 20} MiB, {device['memory_free'] >> 20} MiB free)"
        for device in xllamacpp.get_device_info()
        if device["type"] in (kind.GGML_BACKEND_DEVICE_TYPE_GPU, kind.GGML_BACKEND_DEVICE_TYPE_IGPU)
    ]
    print("\n".join(rows) or "  (none)")
    return 0


def _fail(text: str) -> int:
    print(text, file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(main())
