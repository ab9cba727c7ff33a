"""Ends of llama-server for want of memory, the GPU's or the machine's."""

from __future__ import annotations

from rocmtui.core.server.diagnosis.row import load_error
from rocmtui.core.text.late_regex import LateRegex

_GPU = r"(?:ROCm|HIP|CUDA|Vulkan)\w*"

MEMORY = (
    load_error(
        "gpu_tensor_too_large",
        r"Requested buffer size exceeds device",
        rf"unable to allocate (?P<device>{_GPU}) buffer",
        cause="one tensor of the model is larger than the driver of {device} allows in one piece",
        remedy="fewer layers on the GPU (-ngl) may leave it in main memory; else another quantization, a "
        "newer driver, or a ROCm build: fewer slots do not help",
    ),
    load_error(
        "gpu_buffer_too_large",
        r"Requested buffer size exceeds device",
        cause="one buffer is larger than this GPU's driver allows in one piece",
        remedy="less context or fewer slots makes it smaller, and so does a smaller -ub",
    ),
    load_error(
        "gpu_oom_kv",
        rf"failed to allocate (?P<device>{_GPU}) buffer|allocating (?P<mib>[\d.]+) MiB on device"
        r"|ErrorOutOfDeviceMemory",
        r"failed to allocate buffer for (?:kv|rs) cache",
        cause="the KV cache does not fit into the GPU's memory",
        remedy="fewer slots (-np), less context (-c), or a q8_0 cache (-ctk q8_0 -ctv q8_0 -fa on)",
    ),
    load_error(
        "gpu_oom_compute",
        rf"failed to allocate (?P<device>{_GPU}) buffer|cudaMalloc failed|ErrorOutOfDeviceMemory",
        r"failed to allocate compute (?:pp |tg )?buffers",
        cause="the weights and the KV cache fit into the GPU's memory, the compute buffers do not",
        remedy="a smaller -ub (256), less context, or one layer fewer on the GPU (-ngl)",
    ),
    load_error(
        "gpu_oom_layers_set",
        r"n_gpu_layers already set by user to (?P<ngl>\d+), abort",
        rf"unable to allocate (?P<device>{_GPU}) buffer",
        cause="the model's weights do not fit into the memory of {device}, and -ngl {ngl} keeps llama-server "
        "from fitting them",
        remedy="leave -ngl out (llama-server then puts on the GPU what fits), or give fewer layers; `rocmtui "
        "models --fit` says what fits",
    ),
    load_error(
        "gpu_oom_weights",
        rf"unable to allocate (?P<device>{_GPU}) buffer",
        cause="the model's weights do not fit into the memory of {device}",
        remedy="fewer layers on the GPU (-ngl), a smaller quantization, or `--gpu all` if there is a "
        "second card; `rocmtui models --fit` says what fits",
    ),
    load_error(
        "gpu_oom",
        rf"ErrorOutOfDeviceMemory|failed to allocate {_GPU} buffer|cudaMalloc failed: out of memory",
        cause="the GPU's memory is too small for what was asked",
        remedy="fewer slots, less context, a smaller -ub, or fewer layers on the GPU (-ngl)",
    ),
    load_error(
        "ram_oom_kv",
        r"failed to allocate buffer for (?:kv|rs) cache",
        cause="the KV cache does not fit into the machine's memory",
        remedy="fewer slots (-np) or less context (-c): the total given to llama-server is slots x context",
    ),
    load_error(
        "ram_oom_compute",
        r"failed to allocate compute (?:pp |tg )?buffers",
        cause="the compute buffers do not fit into the machine's memory",
        remedy="a smaller -ub (256), or less context",
    ),
    load_error(
        "ram_oom",
        r"Cannot allocate memory|insufficient memory|std::bad_alloc|ErrorOutOfHostMemory"
        r"|unable to allocate CPU\w* buffer"
        r"|failed to allocate CPU\w* buffer",
        cause="the machine's memory is too small for the model",
        remedy="a smaller model or quantization, or more layers on the GPU; a memory limit (ulimit -v, a "
        "container) counts as well",
    ),
)

SURVIVED = {
    "pinned_memory": LateRegex(r"[Ff]ailed to allocate .*pinned memory"),  # it takes ordinary memory
    "mlock": LateRegex(r"failed to (?:mlock|munlock|VirtualLock)"),  # the model is not locked in memory
    "madvise": LateRegex(r"(?:posix_)?(?:madvise|fadvise)\(.*\) failed|failed to register .* pinned"),
}
"""Lines that name a failure which has a fallback: whoever quotes them as a cause is wrong."""
