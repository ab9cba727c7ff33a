"""What one build of llama-server can do, read from what it prints about itself."""

from __future__ import annotations

import re

import msgspec

from rocmtui.core.server.program import compiler_of
from rocmtui.core.text.late_regex import LateRegex

_NAMES = LateRegex(r"^ {0,12}((?:-{1,2}[A-Za-z][\w-]*(?:,\s*|\s+|$))+)", re.MULTILINE)
_NAME = LateRegex(r"-{1,2}[A-Za-z][\w-]*")
_VERSION = LateRegex(
    r"version: (?:(?P<semver>\d+\.\d+\.\d+\S*) \(build (?P<build>\d+), commit (?P<commit>\S+)\)"
    r"|(?P<old_build>\d+) \((?P<old_commit>\w+)\))"
)
_DEVICE = LateRegex(
    r"^\s+(?P<name>[A-Za-z]+\d*): (?P<description>.*) \((?P<mib>\d+) MiB, \d+ MiB free\)$", re.M
)
_BACKEND = LateRegex(
    r"found \d+ (ROCm|CUDA) devices|failed to initialize (ROCm|CUDA)|loaded (ROCm|HIP|CUDA|Vulkan) backend"
    r"|ggml_(vulkan): (?:Found|No devices)"
)
"""Also of a build that finds no device it may use: it serves from the CPU without a word."""
_BACKEND_NAMES = {"HIP": "ROCm", "vulkan": "Vulkan"}


class Device(msgspec.Struct, frozen=True):
    """A device as `--list-devices` names it."""

    name: str
    """`ROCm0`, `Vulkan1` ..."""
    description: str
    total_mib: int


class ServerBuild(msgspec.Struct, frozen=True, kw_only=True):
    """One build: the options it has, and how it spells two that changed."""

    options: dict[str, int] = msgspec.field(default_factory=dict)
    """Name to the number of the option it is a name of. Empty: --help told nothing."""
    version: str | None = None
    compiler: str | None = None
    """What it was built with."""
    flash_attn_takes_value: bool = True
    """Since 2025-09; before, bare `-fa` switched it on."""
    trace_verbosity: bool = False
    """Since 2026-05 the stages of a load are logged from `-lv 4` on."""
    fits_itself: bool = False
    """Since 2025-11 the number of layers on the GPU is best left to the server."""
    devices: tuple[Device, ...] | None = None
    """None: not asked, or this build cannot tell."""
    backend: str | None = None
    """`ROCm`, `Vulkan`, `CUDA` or `CPU`, as far as known."""
    died_of: tuple[str, ...] = ()
    """Questions it did not survive and how it ended, such as `--list-devices (SIGSEGV)`."""

    def has(self, name: str) -> bool:
        """Whether it lists this option."""
        return name in self.options

    def same(self, one: str, other: str) -> bool:
        """Whether two names mean one option."""
        return one == other or (one in self.options and self.options[one] == self.options.get(other))


def read_build(help_text: str, version_text: str, devices_text: str | None = None) -> ServerBuild:
    """From what --help, --version and --list-devices printed (stdout and stderr together)."""
    options: dict[str, int] = {}
    for number, found in enumerate(_NAMES.finditer(help_text)):
        options |= dict.fromkeys(_NAME.findall(found[1]), number)
    devices = None
    if devices_text is not None:
        listed = _DEVICE.finditer(devices_text)
        devices = tuple(Device(one["name"], one["description"], int(one["mib"])) for one in listed)
    return ServerBuild(
        options=options,
        version=_version(version_text),
        compiler=compiler_of(version_text),
        flash_attn_takes_value=not options or "on|off|auto" in help_text,
        trace_verbosity="4: trace" in help_text,
        fits_itself="--fit" in options,
        devices=devices,
        backend=_backend(devices, version_text + (devices_text or "")),
    )


def _version(text: str) -> str | None:
    found = _VERSION.search(text)
    if found is None:
        return None
    if found["semver"] is None:
        return f"b{found['old_build']} ({found['old_commit']})"
    built = f" (b{found['build']}, {found['commit']})" if found["build"] != "0" else ""
    return found["semver"] + built


def _backend(devices: tuple[Device, ...] | None, text: str) -> str | None:
    if devices:
        return devices[0].name.rstrip("0123456789")
    if found := _BACKEND.search(text):
        name: str = next(filter(None, found.groups()))
        return _BACKEND_NAMES.get(name, name)
    return "CPU" if devices == () else None
