"""One graphics descriptor as the kernel describes it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.gpu.fdinfo import DrmClient, parse_fdinfo

OLDER = b"""pos:\t0
flags:\t02100002
drm-driver:\tamdgpu
drm-client-id:\t41
drm-pdev:\t0000:C3:00.0
pasid:\t32771
drm-memory-vram:\t20316160 KiB
drm-memory-gtt: \t25258000 KiB
drm-memory-cpu: \t0 KiB
amd-evicted-vram:\t1024 KiB
amd-requested-vram:\t20317184 KiB
drm-engine-compute:\t0 ns
"""


def test_older_kernels_name_memory() -> None:
    assert parse_fdinfo(OLDER) == DrmClient(
        pci="0000:c3:00.0",
        client_id=41,
        vram_bytes=20316160 << 10,
        gtt_bytes=25258000 << 10,
        evicted_bytes=1 << 20,
    )


def test_newer_kernels_name_resident_and_it_counts() -> None:
    client = parse_fdinfo(
        OLDER + b"drm-resident-vram:\t7 MiB\ndrm-total-vram:\t9 MiB\ndrm-resident-gtt:\t5\n"
    )
    assert client is not None
    assert (client.vram_bytes, client.gtt_bytes) == (7 << 20, 5)


def test_other_descriptors_are_none() -> None:
    assert parse_fdinfo(b"pos:\t0\nflags:\t02\nmnt_id:\t9\n") is None
    assert parse_fdinfo(OLDER.replace(b"amdgpu", b"i915")) is None
    assert parse_fdinfo(OLDER.replace(b"drm-client-id:\t41", b"drm-client-id:\t")) is None
    assert parse_fdinfo(b"") is None


def test_nonsense_sizes_are_not_known() -> None:
    client = parse_fdinfo(OLDER.replace(b"20316160 KiB", b"lots").replace(b"25258000", b"9" * 18))
    assert client is not None
    assert (client.vram_bytes, client.gtt_bytes) == (None, None)


@given(st.binary(max_size=200))
def test_no_bytes_crash_it(data: bytes) -> None:
    parse_fdinfo(data)
    parse_fdinfo(OLDER + data)
