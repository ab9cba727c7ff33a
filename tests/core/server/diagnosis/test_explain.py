"""Every known end of llama-server is recognised by the very lines it was made from."""

import tomllib
from pathlib import Path

import pytest

from rocmtui.core.server.diagnosis.explain import diagnose, exit_status, is_repeatable
from rocmtui.core.server.diagnosis.memory_rows import SURVIVED
from rocmtui.core.server.diagnosis.row import Row
from rocmtui.core.server.diagnosis.table import GENERAL_ROWS, ROWS, SIGNAL_ROWS

ALL = (*ROWS, *GENERAL_ROWS, *SIGNAL_ROWS.values())
SAMPLES = tomllib.loads(Path(__file__).with_name("samples.toml").read_text())

NOISE = (
    "srv          init: loading model",
    "llama_model_loader: loaded meta data with 33 key-value pairs and 236 tensors from m.gguf",
)
AFTERWARDS = (
    "common_fit_params: encountered an error while trying to fit params to free device memory: failed to "
    "load model",
    "llama_model_load_from_file_impl: failed to load model",
    "srv    load_model: failed to load model, 'm.gguf'",
    "srv          init: exiting due to model loading error",
)


@pytest.mark.parametrize("row", ALL, ids=[row.code for row in ALL])
def test_a_sample_leads_to_its_row(row: Row) -> None:
    sample = SAMPLES[row.code]
    consequences = AFTERWARDS if sample["returncode"] == 1 else ()
    lines = (*NOISE, *sample["log"].split("\n"), *consequences)
    found = diagnose(sample["returncode"], lines, during_start=True)
    assert found.code == row.code
    assert found.exit_status == exit_status(sample["returncode"])
    assert found.proof
    assert "{" not in found.cause + found.remedy
    assert is_repeatable(found) == row.repeatable


@pytest.mark.parametrize("warning", SURVIVED)
def test_a_warning_with_a_fallback_explains_no_end(warning: str) -> None:
    lines = SAMPLES[warning]["log"].split("\n")
    assert all(SURVIVED[warning].search(line) for line in lines)
    for returncode, code in ((-11, "segmentation_fault"), (-9, "killed"), (3, "unknown")):
        assert diagnose(returncode, (*NOISE, *lines), during_start=True).code == code


@pytest.mark.parametrize(
    ("lines", "returncode", "code"),
    [
        # a failure that had a fallback, then somebody's kill -9
        (
            (
                "ggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory",
                "ggml_vulkan: falling back to host memory",
                "srv  llama_server: model loaded",
            ),
            -9,
            "killed",
        ),
        # what was complained of before requests were served was survived
        (
            (
                "ROCm error: out of memory",
                "slot launch_slot_: id  0 | task 4 | processing task",
            ),
            -11,
            "segmentation_fault",
        ),
        # a try of the fitting, then the load itself: the last reason counts
        (
            (
                "llama_model_load: error loading model: unable to allocate ROCm0 buffer",
                "load_tensors: offloaded 12/41 layers to GPU",
                "llama_model_load: error loading model: missing tensor 'blk.3.x'",
            ),
            1,
            "tensor_mismatch",
        ),
        # of two reasons without a sign of life between them the later
        (
            (
                "ggml_vulkan: Failed to allocate pinned memory (ErrorOutOfDeviceMemory)",
                "gguf_init_from_reader: failed to read key-value pairs",
                "srv          init: init: chat template parsing error: std::exception",
            ),
            1,
            "chat_template",
        ),
        # what the crash printed wins over a reason that stands nearer the end
        (
            (
                "Memory access fault by GPU node-1 (Agent handle: 0x55) on address 0x7f.",
                "ggml_gallocr_reserve_n: failed to allocate ROCm0 buffer of size 5",
            ),
            -6,
            "gpu_memory_fault",
        ),
        # a request's bad JSON is answered, not died of
        (
            ("srv operator(): got exception: [json.exception.parse_error.101] parse error",),
            -11,
            "segmentation_fault",
        ),
    ],
)
def test_what_was_survived_explains_nothing(lines: tuple[str, ...], returncode: int, code: str) -> None:
    assert diagnose(returncode, lines, during_start=True).code == code


def test_codes_are_unique() -> None:
    codes = [*(row.code for row in ALL), *SURVIVED]
    assert len(codes) == len(set(codes))
    assert set(codes) == set(SAMPLES)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ("main: couldn't bind HTTP server socket, hostname: 127.0.0.1, port: 8080", "port_taken"),
        ("couldn't bind to server socket: hostname=127.0.0.1 port=8080", "port_taken"),
        (
            "llama_new_context_with_model: V cache quantization requires flash_attn",
            "v_cache_needs_flash_attention",
        ),
        (
            "rocBLAS error: Cannot read /opt/rocm/lib/rocblas/library/TensileLibrary.dat: No such file "
            "or directory "
            "for GPU arch : gfx1036",
            "rocblas_kernels_missing",
        ),
        ("ROCm error: invalid device function\n  current device: 0", "gpu_code_missing"),
        ("HW Exception by GPU node-1 (Agent handle: 0x5632a6a5d4a0) reason :GPU Hang", "gpu_hang"),
        (
            "ggml_backend_cuda_buffer_type_alloc_buffer: allocating 3040.00 MiB on device 0: cudaMalloc "
            "failed: "
            "out of memory\nggml_backend_buft_alloc_buffer_n_default: failed to allocate ROCm0 buffer of "
            "size 9\n"
            "llama_init_from_model: failed to initialize the context: failed to allocate buffer for kv cache",
            "gpu_oom_kv",
        ),
        (
            "ggml_vulkan: Device memory allocation of size 1 failed.\n"
            "ggml_vulkan: vk::Device::allocateMemory: ErrorOutOfDeviceMemory\n"
            "alloc_tensor_range: failed to allocate Vulkan0 buffer of size 1\n"
            "llama_model_load: error loading model: unable to allocate Vulkan0 buffer",
            "gpu_oom_weights",
        ),
        (
            "llama_model_load: error loading model: done_getting_tensors: wrong number of "
            "tensors; expected 293, got 292",
            "tensor_mismatch",
        ),
        (
            "llama_model_load: error loading model: check_tensor_dims: tensor 'blk.18.x' not found",
            "tensor_mismatch",
        ),
        ("llama_model_load: error loading model: unknown tokenizer: 'zed'", "unknown_tokenizer"),
        (
            "/usr/bin/llama-server: symbol lookup error: libggml-hip.so: undefined symbol: hipMallocManaged",
            "library_mismatch",
        ),
    ],
)
def test_other_spellings_of_the_same(lines: str, code: str) -> None:
    assert diagnose(1, lines.split("\n"), during_start=True).code == code


def test_of_two_things_said_of_a_load_the_more_exact_counts() -> None:
    lines = (
        "gguf_init_from_file: failed to open GGUF file '/eye.gguf' (No such file or directory)",
        "mtmd_init_from_file: error: Failed to load CLIP model from /eye.gguf",
    )
    assert diagnose(1, lines, during_start=True).code == "model_missing"
    assert diagnose(1, lines[1:], during_start=True).cause == "the vision projector /eye.gguf cannot be used"


def test_what_the_log_says_is_put_into_words() -> None:
    found = diagnose(1, ["error: invalid argument: --frobnicate"], during_start=True)
    assert found.cause == "this llama-server does not know the option --frobnicate"
    assert found.proof == ("error: invalid argument: --frobnicate",)


def test_braces_in_a_log_line_are_no_format() -> None:
    found = diagnose(1, ["error: invalid argument: --{0.__class__}"], during_start=True)
    assert found.cause == "this llama-server does not know the option --{0.__class__}"


def test_rocms_own_words_for_a_memory_fault() -> None:
    line = (
        ":0:rocdevice.cpp :2992: 79 us: Callback: Queue 0x7f aborting with error : "
        "HSA_STATUS_ERROR_MEMORY_APERTURE_VIOLATION: The agent reached beyond its aperture."
    )
    assert diagnose(-6, [line], during_start=False).code == "gpu_memory_fault"


def test_an_unknown_end_shows_its_status_and_last_lines() -> None:
    lines = [f"line {number}" for number in range(50)]
    found = diagnose(3, lines, during_start=False)
    assert (found.code, found.exit_status) == ("unknown", "exit 3")
    assert found.cause == "llama-server ended while it served (exit 3)"
    assert found.proof == tuple(lines[-20:])
    assert not is_repeatable(found)


def test_a_line_said_over_and_over_is_quoted_once() -> None:
    lines = ["loaded", *["all slots are idle"] * 9, "", "", "bye", "bye"]
    assert diagnose(-9, lines, during_start=False).proof == ("loaded", "all slots are idle", "bye")


def test_a_server_asked_for_its_help() -> None:
    found = diagnose(0, ["usage", "--port N"], during_start=True)
    assert (found.code, found.proof) == ("printed_and_left", ("usage", "--port N"))
    assert "ended of its own accord (exit 0)" in found.cause
    assert "--help" in found.remedy
    assert is_repeatable(found)
    assert diagnose(0, ["usage"], during_start=False).code == "unknown"


def test_a_server_that_somebody_stopped_while_it_served() -> None:
    lines = [
        "srv  update_slots: all slots are idle",
        "srv    operator(): operator(): cleaning up before exit...",
    ]
    found = diagnose(0, lines, during_start=False)
    assert (found.code, found.exit_status) == ("left_in_order", "exit 0")
    assert not is_repeatable(found)


def test_a_program_that_says_nothing_and_ends() -> None:
    found = diagnose(0, [], during_start=True)
    assert (found.code, found.exit_status) == ("silent_exit", "exit 0")
    assert is_repeatable(found)


@pytest.mark.parametrize(
    ("returncode", "words"),
    [
        (0, "exit 0"),
        (1, "exit 1"),
        (-11, "SIGSEGV"),
        (139, "exit 139 (SIGSEGV)"),
        (127, "exit 127"),
        (-77, "exit -77"),
    ],
)
def test_exit_status_by_name(returncode: int, words: str) -> None:
    assert exit_status(returncode) == words


def test_a_signal_passed_on_by_a_wrapper_script_is_understood() -> None:
    assert (
        diagnose(132, ["Illegal instruction (core dumped)"], during_start=True).code == "illegal_instruction"
    )
