"""Ends of llama-server that a GPU, its driver or too little memory cause."""

from __future__ import annotations

from rocmtui.core.server.diagnosis.row import row

_GPU = r"(?:ROCm|HIP|CUDA|Vulkan)\w*"

GPU_FAULTS = (
    row(
        "gpu_oom_running",
        r"ROCm error: out of memory|CUDA error: out of memory",
        cause="the GPU ran out of memory while serving",
        remedy="leave it more room: fewer slots (-np), less context (-c), a q8_0 cache (-ctk/-ctv), a "
        "smaller -ub, or fewer other users of the card (`rocmtui gpus`)",
    ),
    row(
        "gpu_code_missing",
        r"device kernel image is invalid|invalid device function|no kernel image is available"
        r"|hipErrorNoBinaryForGpu|TensileLibrary\S*: No such file or directory(?: for GPU arch : "
        r"(?P<gfx>gfx\w+))?",
        cause="this build of llama-server has no code for the GPU it was given",
        remedy="use a build made for the card's gfx target (`rocmtui gpus` names it); a near relative can "
        "sometimes be imitated with HSA_OVERRIDE_GFX_VERSION; an integrated GPU is best hidden "
        "(--gpu)",
    ),
    row(
        "gpu_memory_fault",
        r"Memory access fault by GPU node-(?P<node>\d+)|HSA_STATUS_ERROR_MEMORY_(?:APERTURE_VIOLATION|FAULT)",
        cause="the GPU touched memory it must not: a fault of the driver, of ROCm or of the build",
        remedy="try `-fa off`, another build or ROCm version; if an integrated GPU is in use, hide it "
        "(--gpu); `dmesg` has the kernel's side",
        repeatable=False,
    ),
    row(
        "gpu_hang",
        r"HW Exception by GPU node-\d+.*GPU Hang|device lost|DeviceLost",
        cause="the GPU hung and was reset by the driver",
        remedy="look at `dmesg` for amdgpu resets; undervolting, an overclock or a weak power supply does "
        "this, and so does a driver fault",
        repeatable=False,
    ),
    row(
        "gpu_out_of_resources",
        r"HSA_STATUS_ERROR_OUT_OF_RESOURCES",
        cause="the ROCm runtime ran out of memory or queues on the GPU",
        remedy="leave the card more room: fewer slots, less context, a smaller -ub; end other users of the"
        " card",
        repeatable=False,
    ),
    row(
        "hsa_error",
        r"aborting with error : (?P<status>HSA_STATUS_ERROR_\w+)",
        cause="the ROCm runtime gave up on the GPU ({status})",
        remedy="try another ROCm version or build; `dmesg` has the kernel's side",
        repeatable=False,
    ),
    row(
        "gpu_launch_failed",
        r"ROCm error: (?:unspecified launch failure|invalid device ordinal|[^\n]+)",
        cause="the GPU refused work from llama-server",
        remedy="if an integrated GPU is in use, hide it (--gpu); try another build or ROCm version",
        repeatable=False,
    ),
    row(
        "gpu_buffer_too_large",
        r"Requested buffer size exceeds device",
        cause="one buffer is larger than this GPU's driver allows in one piece",
        remedy="less context or fewer slots makes it smaller, and so does a smaller -ub",
    ),
)

MEMORY = (
    row(
        "gpu_oom_kv",
        rf"failed to allocate (?P<device>{_GPU}) buffer|allocating (?P<mib>[\d.]+) MiB on device",
        r"failed to allocate buffer for (?:kv|rs) cache",
        cause="the KV cache does not fit into the GPU's memory",
        remedy="fewer slots (-np), less context (-c), or a q8_0 cache (-ctk q8_0 -ctv q8_0 -fa on)",
    ),
    row(
        "gpu_oom_compute",
        rf"failed to allocate (?P<device>{_GPU}) buffer|cudaMalloc failed|ErrorOutOfDeviceMemory",
        r"failed to allocate compute (?:pp |tg )?buffers",
        cause="the weights and the KV cache fit into the GPU's memory, the compute buffers do not",
        remedy="a smaller -ub (256), less context, or one layer fewer on the GPU (-ngl)",
    ),
    row(
        "gpu_oom_weights",
        rf"unable to allocate (?P<device>{_GPU}) buffer",
        cause="the model's weights do not fit into the memory of {device}",
        remedy="fewer layers on the GPU (-ngl), a smaller quantization, or `--gpu all` if there is a "
        "second card; `rocmtui models --fit` says what fits",
    ),
    row(
        "gpu_oom",
        rf"ErrorOutOfDeviceMemory|failed to allocate {_GPU} buffer|cudaMalloc failed: out of memory",
        cause="the GPU's memory is too small for what was asked",
        remedy="fewer slots, less context, a smaller -ub, or fewer layers on the GPU (-ngl)",
    ),
    row(
        "ram_oom_kv",
        r"failed to allocate buffer for (?:kv|rs) cache",
        cause="the KV cache does not fit into the machine's memory",
        remedy="fewer slots (-np) or less context (-c): the total given to llama-server is slots x context",
    ),
    row(
        "ram_oom_compute",
        r"failed to allocate compute (?:pp |tg )?buffers",
        cause="the compute buffers do not fit into the machine's memory",
        remedy="a smaller -ub (256), or less context",
    ),
    row(
        "ram_oom",
        r"Cannot allocate memory|insufficient memory|std::bad_alloc|unable to allocate CPU\w* buffer"
        r"|failed to allocate CPU\w* buffer",
        cause="the machine's memory is too small for the model",
        remedy="a smaller model or quantization, or more layers on the GPU; a memory limit (ulimit -v, a "
        "container) counts as well",
    ),
)
