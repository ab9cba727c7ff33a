"""How busy a process keeps a card's engines: known from its second look on."""

from __future__ import annotations

from rocmtui.core.gpu.engines import EngineUse
from rocmtui.core.gpu.fdinfo import DrmClient, parse_fdinfo

SECOND = 1_000_000_000
PCI = "0000:03:00.0"


def client(number: int = 1, **engine_ns: int) -> DrmClient:
    return DrmClient(pci=PCI, client_id=number, engine_ns=engine_ns)


def test_engines_are_read_from_fdinfo() -> None:
    found = parse_fdinfo(
        b"drm-driver:\tamdgpu\ndrm-client-id:\t4\ndrm-pdev:\t0000:03:00.0\ndrm-engine-gfx:\t500 ns\n"
        b"drm-engine-compute:\t7 ns\ndrm-engine-dec:\t20 ns\ndrm-engine-enc:\t3 ns\ndrm-engine-dma:\t9 ns\n"
        b"drm-engine-capacity-gfx:\t2\n"
    )
    assert found is not None
    assert found.engine_ns == {"gfx": 500, "compute": 7, "video": 23}


def test_a_share_is_told_from_the_second_look_on() -> None:
    use = EngineUse()
    use.begin(SECOND)
    use.add(9, client(gfx=100, video=0), "")
    assert use.percent(9, PCI) == {}
    use.begin(3 * SECOND)
    use.add(9, client(gfx=100 + SECOND, video=SECOND // 2), "")
    use.add(9, client(2, gfx=5 * SECOND), "")
    assert use.percent(9, PCI) == {"gfx_percent": 50.0, "video_percent": 25.0}
    assert use.percent(8, PCI) == {}
    use.begin(4 * SECOND)
    use.add(9, client(gfx=0), "")
    use.add(9, client(2, gfx=9 * SECOND), "")
    assert use.percent(9, PCI) == {"gfx_percent": 100.0}
