"""Builds of three years are known by what they print about themselves."""

import pytest

from rocmtui.core.server.build import Device, ServerBuild, read_build

HELP_NOW = """\
----- common params -----

-h,    --help, --usage                  print usage and exit
-c,    --ctx-size N                     size of the prompt context (default: 0, 0 = loaded from model)
                                        (env: LLAMA_ARG_CTX_SIZE)
-fa,   --flash-attn [on|off|auto]       set Flash Attention use ('on', 'off', or 'auto', default: 'auto')
-dev,  --device <dev1,dev2,..>          comma-separated list of devices to use for offloading (none = don't
                                        offload)
                                        use --list-devices to see a list of available devices
--list-devices                          print list of available devices and exit
-fit,  --fit [on|off]                   whether to adjust unset arguments to fit in device memory
-lv,   --verbosity, --log-verbosity N   Set the verbosity threshold. Values:
                                         - 3: info
                                         - 4: trace (more info)
--slots, --no-slots                     expose slots monitoring endpoint (default: enabled)
"""

HELP_2024 = """\
usage: ./llama-server [options]

  -h,    --help, --usage          print usage and exit
  -c,    --ctx-size N             size of the prompt context (default: 0, 0 = loaded from model)
  -fa,   --flash-attn             enable Flash Attention (default: disabled)
  -ngl,  --gpu-layers N           number of layers to store in VRAM
         --metrics                enable prometheus compatible metrics endpoint (default: disabled)
"""

VERSION_NOW = """\
ggml_cuda_init: found 1 ROCm devices (Total VRAM: 24560 MiB):
  Device 0: AMD Radeon RX 7900 XTX, gfx1100 (0x1100), VMM: no, Wave Size: 32, VRAM: 24560 MiB
version: 0.6.0-dev (build 11434, commit 1cf123a3)
built with GNU 12.2.0 for Linux x86_64"""

DEVICES = """\
Available devices:
  ROCm0: AMD Radeon RX 7900 XTX (24560 MiB, 24498 MiB free)
  ROCm1: AMD Radeon Graphics (15876 MiB, 15000 MiB free)
"""


def test_a_build_of_today() -> None:
    build = read_build(HELP_NOW, VERSION_NOW, DEVICES)
    assert set(build.options) == {
        "-h", "--help", "--usage", "-c", "--ctx-size", "-fa", "--flash-attn", "-dev", "--device",
        "--list-devices", "-fit", "--fit", "-lv", "--verbosity", "--log-verbosity", "--slots", "--no-slots",
    }  # fmt: skip
    assert build.same("-dev", "--device")
    assert not build.same("-dev", "--list-devices")
    assert (build.flash_attn_takes_value, build.trace_verbosity, build.fits_itself) == (True, True, True)
    assert build.version == "0.6.0-dev (b11434, 1cf123a3)"
    assert build.backend == "ROCm"
    assert build.devices == (
        Device("ROCm0", "AMD Radeon RX 7900 XTX", 24560),
        Device("ROCm1", "AMD Radeon Graphics", 15876),
    )


def test_a_build_of_2024() -> None:
    build = read_build(HELP_2024, "version: 6297 (1cf123a3)\nbuilt with clang")
    assert {"-fa", "-ngl", "--gpu-layers", "-c"} <= set(build.options)
    assert (build.flash_attn_takes_value, build.trace_verbosity, build.fits_itself) == (False, False, False)
    assert build.version == "b6297 (1cf123a3)"
    assert (build.backend, build.devices) == (None, None)


def test_a_build_without_gpu() -> None:
    build = read_build(
        HELP_NOW, "version: 0.6.0-dev (build 0, commit unknown)", "Available devices:\n  (none)\n"
    )
    assert (build.backend, build.devices, build.version) == ("CPU", (), "0.6.0-dev")


@pytest.mark.parametrize(
    ("printed", "backend"),
    [
        ("ggml_cuda_init: failed to initialize ROCm: no ROCm-capable device is detected", "ROCm"),
        ("load_backend: loaded ROCm backend from /opt/llama/libggml-hip.so", "ROCm"),
        ("ggml_vulkan: No devices found.", "Vulkan"),
        ("load_backend: loaded Vulkan backend from /opt/llama/libggml-vulkan.so", "Vulkan"),
        ("load_backend: loaded CPU backend from /opt/llama/libggml-cpu-haswell.so", "CPU"),
    ],
)
def test_a_gpu_build_that_may_use_no_card_is_no_cpu_build(printed: str, backend: str) -> None:
    build = read_build(HELP_NOW, "", f"{printed}\nAvailable devices:\n  (none)\n")
    assert (build.backend, build.devices) == (backend, ())


def test_a_program_that_tells_nothing() -> None:
    assert read_build("", "") == ServerBuild()
    assert read_build("I am no server", "1.2.3").options == {}
