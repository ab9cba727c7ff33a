"""Stages and memory are read from the logs of years of builds."""

from rocmtui.core.server.log.line import read_line
from rocmtui.core.server.log.stages import LoadStages

MIB = 1 << 20

NOW_CPU = """\
0.00.004.067 I cmn  common_init_: fitting params to device memory ...
0.00.565.273 I common_memory_breakdown_print: | memory breakdown [MiB] | total   free    self |
0.00.664.129 I llama_model_loader: loaded meta data with 33 key-value pairs and 236 tensors from m.gguf
0.01.120.146 I load_tensors: loading model tensors, this can take a while... (load_mode = mmap)
0.01.125.011 I load_tensors:   CPU_Mapped model buffer size =   235.16 MiB
0.01.125.016 I load_tensors:   CPU_REPACK model buffer size =    12.66 MiB
0.01.145.184 I llama_context:        CPU  output buffer size =     4.00 MiB
0.01.145.197 I llama_kv_cache_iswa: creating non-SWA KV cache, size = 2048 cells
0.01.145.275 I llama_kv_cache:        CPU KV buffer size =    24.00 MiB
0.01.157.950 I llama_kv_cache_iswa: creating     SWA KV cache, size = 1024 cells
0.01.158.036 I llama_kv_cache:        CPU KV buffer size =    60.00 MiB
0.01.192.483 I sched_reserve:        CPU compute buffer size =    21.28 MiB
0.01.192.564 I cmn  common_init_: warming up the model with an empty run - please wait ...
0.01.282.540 I srv    load_model: initializing, n_slots = 4, n_ctx_slot = 2048, kv_unified = 'false'
0.01.284.178 I srv          init: listening on http://127.0.0.1:18090"""

NOW_ROCM = """\
0.00.001.803 I cmn  common_param:   - ROCm0   : AMD Radeon RX 7900 XTX (24560 MiB, 24498 MiB free)
0.00.002.000 I llama_model_load: using device ROCm0 (AMD Radeon RX 7900 XTX) (0000:03:00.0) - 24498 MiB free
0.01.120.146 I load_tensors: loading model tensors, this can take a while... (load_mode = auto)
0.01.120.200 I load_tensors: offloading output layer to GPU
0.01.120.201 I load_tensors: offloaded 49/49 layers to GPU
0.01.125.011 I load_tensors:   CPU_Mapped model buffer size =   510.00 MiB
0.01.125.016 I load_tensors:        ROCm0 model buffer size = 17904.25 MiB
0.01.145.184 I llama_context:  ROCm_Host  output buffer size =     2.32 MiB
0.01.145.275 I llama_kv_cache:      ROCm0 KV buffer size =   384.00 MiB
0.01.192.483 I sched_reserve:      ROCm0 compute buffer size =   300.75 MiB
0.01.192.484 I sched_reserve:  ROCm_Host compute buffer size =    24.01 MiB
0.01.200.483 I sched_reserve:      ROCm0 compute buffer size =   312.75 MiB"""

OLD_ROCM = """\
ggml_cuda_init: found 1 ROCm devices:
  Device 0: AMD Radeon RX 6900 XT, gfx1030 (0x1030), VMM: no, Wave Size: 32
llama_model_loader: loaded meta data with 22 key-value pairs and 291 tensors from m.gguf (version GGUF V2)
llm_load_tensors: offloaded 33/33 layers to GPU
llm_load_tensors:      ROCm0 buffer size =  3820.92 MiB
llm_load_tensors:        CPU buffer size =    70.31 MiB
llama_kv_cache_init:      ROCm0 KV buffer size =  1024.00 MiB
llama_new_context_with_model:  ROCm_Host  output buffer size =     0.49 MiB
llama_new_context_with_model:      ROCm0 compute buffer size =   560.00 MiB
main: server is listening on http://127.0.0.1:8080 - starting the main loop"""

RECURRENT = """\
load_tensors:      Vulkan0 model buffer size =  2000.00 MiB
llama_memory_recurrent:    Vulkan0 RS buffer size =    50.00 MiB
llama_kv_cache_dsv4:    Vulkan0 DSV4 csa state buffer size =    5.00 MiB
llama_adapter_lora_init:    Vulkan0 LoRA buffer size =    7.00 MiB
llama_kv_cache:    Vulkan0 KV buffer size =    10.00 MiB"""


def load(log: str) -> LoadStages:
    stages = LoadStages()
    for at_ns, line in enumerate(log.split("\n")):
        stages.observe(read_line(line), at_ns)
    return stages


def megabytes(stages: LoadStages) -> dict[str, tuple[float, float, float, float]]:
    return {
        m.device: (m.weights_bytes / MIB, m.kv_bytes / MIB, m.compute_bytes / MIB, m.output_bytes / MIB)
        for m in stages.memory
    }


def rounded(stages: LoadStages) -> dict[str, tuple[float, ...]]:
    return {device: tuple(round(size, 2) for size in sizes) for device, sizes in megabytes(stages).items()}


def test_a_load_on_the_cpu() -> None:
    stages = load(NOW_CPU)
    assert [(mark.name, mark.detail) for mark in stages.stages] == [
        ("fit", ""),
        ("header", "236 tensors"),
        ("reading weights", ""),
        ("kv cache", ""),
        ("compute", ""),
        ("warm-up", ""),
        ("slots", "4"),
        ("listening", ""),
    ]
    assert rounded(stages) == {"CPU": (247.82, 84.0, 21.28, 4.0)}
    assert stages.backend == "CPU"
    assert stages.layers_total is None


def test_a_load_on_a_card_knows_its_pci_address() -> None:
    stages = load(NOW_ROCM)
    assert [mark.name for mark in stages.stages] == [
        "devices",
        "reading weights",
        "offload",
        "kv cache",
        "compute",
    ]
    assert stages.stages[0].detail == "AMD Radeon RX 7900 XTX"
    assert stages.stages[2].detail == "49/49 layers"
    assert (stages.layers_offloaded, stages.layers_total) == (49, 49)
    assert rounded(stages) == {"ROCm0": (17904.25, 384.0, 312.75, 0), "CPU": (510.0, 0, 24.01, 2.32)}
    assert [memory.pci for memory in stages.memory] == ["0000:03:00.0", None]
    assert stages.backend == "ROCm"


def test_a_build_of_2024() -> None:
    stages = load(OLD_ROCM)
    assert [mark.name for mark in stages.stages] == [
        "devices",
        "header",
        "offload",
        "reading weights",
        "kv cache",
        "compute",
        "listening",
    ]
    assert stages.stages[0].detail == "AMD Radeon RX 6900 XT"
    assert rounded(stages) == {"ROCm0": (3820.92, 1024.0, 560.0, 0), "CPU": (70.31, 0, 0, 0.49)}


def test_recurrent_state_counts_as_cache() -> None:
    assert rounded(load(RECURRENT)) == {"Vulkan0": (2007.0, 65.0, 0, 0)}


def test_the_jsonl_record_is_used_until_buffers_are_logged() -> None:
    record = (
        '{"type":"fit_memory_breakdown","data":{"unit":"MiB","rows":['
        '{"kind":"device","name":"ROCm0","description":"AMD Radeon","total":24560,"free":945,"self":19187,'
        '"model":17904,"context":384,"compute":898,"unaccounted":3945},'
        '{"kind":"host","name":"Host","self":327,"model":222,"context":84,"compute":21}]}}'
    )
    assert rounded(load(record)) == {"ROCm0": (17904, 384, 898, 0), "CPU": (222, 84, 21, 0)}
    both = load(
        record + '\n{"type":"log","time":1,"level":"info","msg":"ROCm0 model buffer size = 1.00 MiB\\n"}'
    )
    assert rounded(both) == {"ROCm0": (1.0, 0, 0, 0)}


def test_settings_of_its_own() -> None:
    assert load("0.00.1 I using config file: /home/u/.config/llama.cpp/config.ini").config_file == (
        "/home/u/.config/llama.cpp/config.ini"
    )


def test_a_context_the_server_shrank() -> None:
    assert load("common_fit: context size reduced from 131072 to 40960").ctx_reduced == (131072, 40960)


def test_log_lines_of_both_formats() -> None:
    text = read_line("0.01.352.942 W load_tensors:   CPU_Mapped model buffer size =   235.16 MiB")
    assert (text.level, text.text[:12]) == ("warning", "load_tensors")
    json = read_line('{"type":"log","time":62345678,"level":"error","msg":"srv  init: \\u001b[31mbad\\n"}')
    assert (json.level, json.text, json.shown) == (
        "error",
        "srv  init: \x1b[31mbad",
        "1.02.345.678 E srv  init: \x1b[31mbad",
    )
    assert read_line("plain").shown == read_line("plain").text == "plain"
    assert read_line('{"type":').text == '{"type":'
    assert read_line('{"a":1}').text == '{"a":1}'
    assert read_line("").text == ""
