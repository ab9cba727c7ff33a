"""Ends of llama-server that a GPU or its driver cause."""

from __future__ import annotations

from rocmtui.core.server.diagnosis.row import fatal, load_error

ACCESS = (
    "it must be able to open /dev/kfd and /dev/dri/renderD*: add the user to the groups render and video "
    "(and log in again), or pass both into the container; `rocmtui doctor` says which is missing"
)

GPU_FAULTS = (
    fatal(
        "gpu_oom_running",
        r"ROCm error: out of memory|CUDA error: out of memory",
        cause="the GPU ran out of memory while serving",
        remedy="leave it more room: fewer slots (-np), less context (-c), a q8_0 cache (-ctk/-ctv), a "
        "smaller -ub, or fewer other users of the card (`rocmtui gpus`)",
        repeatable=True,
    ),
    fatal(
        "gpu_code_missing",
        r"device kernel image is invalid|invalid device function|no kernel image is available"
        r"|hipErrorNoBinaryForGpu|HSA_STATUS_ERROR_INVALID_ISA|TensileLibrary\S*: No such file or directory$",
        cause="this build of llama-server has no code for the GPU it was given",
        remedy="use a build made for the card's gfx target (`rocmtui gpus` names it); a near relative can "
        "sometimes be imitated with HSA_OVERRIDE_GFX_VERSION; an integrated GPU is best hidden (--gpu)",
        repeatable=True,
    ),
    fatal(
        "gpu_code_missing_for",
        r"No compatible code objects found for: (?P<gfx>gfx\w+)",
        cause="this build of llama-server has no code for {gfx}",
        remedy="use a build made for {gfx}; a near relative can sometimes be imitated with "
        "HSA_OVERRIDE_GFX_VERSION; if that is an integrated GPU beside a card, hide it (--gpu)",
        repeatable=True,
    ),
    fatal(
        "rocblas_kernels_missing",
        r"TensileLibrary\S*: [^:]+ for GPU arch : (?P<gfx>gfx\w+)",
        cause="rocBLAS has no kernels for {gfx}",
        remedy="use a ROCm whose rocBLAS supports {gfx}, or a Vulkan build; a near relative can sometimes be "
        "imitated with HSA_OVERRIDE_GFX_VERSION; an integrated GPU is best hidden (--gpu)",
        repeatable=True,
    ),
    fatal(
        "gpu_no_access",
        r"Could not initialize Tensile host: No devices found",
        cause="rocBLAS finds no GPU that llama-server may use",
        remedy=ACCESS,
        repeatable=True,
    ),
    fatal(
        "no_vulkan_driver",
        r"ErrorIncompatibleDriver|IncompatibleDriverError",
        cause="there is no Vulkan driver here that llama-server can use",
        remedy="install Mesa's RADV (mesa-vulkan-drivers, vulkan-radeon); in a container pass /dev/dri; "
        "`vulkaninfo --summary` shows what is found",
        repeatable=True,
    ),
    fatal(
        "gpu_memory_fault",
        r"Memory access fault by GPU node-(?P<node>\d+)|HSA_STATUS_ERROR_MEMORY_(?:APERTURE_VIOLATION|FAULT)"
        r"|an illegal memory access was encountered",
        cause="the GPU touched memory it must not: a fault of the driver, of ROCm or of the build",
        remedy="try `-fa off`, another build or ROCm version; if an integrated GPU is in use, hide it "
        "(--gpu); `dmesg` has the kernel's side",
    ),
    fatal(
        "gpu_hang",
        r"HW Exception by GPU node-\d+.*GPU Hang|device lost|DeviceLost|The CS has been (?:cancelled"
        r"|rejected)",
        cause="the GPU hung and was reset by the driver",
        remedy="look at `dmesg` for amdgpu resets; undervolting, an overclock or a weak power supply does "
        "this, and so does a driver fault",
    ),
    fatal(
        "gpu_out_of_resources",
        r"HSA_STATUS_ERROR_OUT_OF_RESOURCES",
        cause="the ROCm runtime ran out of memory or queues on the GPU",
        remedy="leave the card more room: fewer slots, less context, a smaller -ub; end other users of the"
        " card",
    ),
    fatal(
        "hsa_error",
        r"aborting with error : (?P<status>HSA_STATUS_ERROR_\w+)",
        cause="the ROCm runtime gave up on the GPU ({status})",
        remedy="try another ROCm version or build; `dmesg` has the kernel's side",
    ),
    fatal(
        "rocblas_failed",
        r"(?P<status>(?:CUBLAS|HIPBLAS)_STATUS_\w+|rocblas_status_\w+)",
        cause="rocBLAS failed on the GPU ({status})",
        remedy="often too little memory or a fault of this ROCm version: leave the card more room, try "
        "another ROCm version, or a Vulkan build",
    ),
    fatal(
        "operation_not_supported",
        r"pre-allocated tensor \((?P<tensor>\S+)\) in a buffer \((?P<device>\w+)\) that cannot run the "
        r"operation \((?P<operation>\w+)\)",
        cause="the backend of {device} cannot work on {tensor} ({operation}) as it lies there",
        remedy="a cache of another type does this: leave -ctk and -ctv at f16, or use another backend or "
        "build",
    ),
    fatal(
        "gpu_launch_failed",
        r"ROCm error: (?:unspecified launch failure|invalid device ordinal|[^\n]+)",
        cause="the GPU refused work from llama-server",
        remedy="if an integrated GPU is in use, hide it (--gpu); try another build or ROCm version",
    ),
)

GPU_START = (
    load_error(
        "kfd_denied",
        r"Unable to open /dev/kfd read-write: (?P<why>.+)",
        r"invalid device: |no ROCm-capable device is detected",
        cause="llama-server may not use the GPU: it cannot open /dev/kfd ({why})",
        remedy=ACCESS,
    ),
)
