"""What a report tells besides the measurements."""

from __future__ import annotations

import msgspec

from rocmtui.core.answers.look import Company, Look
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.host.sample import HostSummary
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.audit.hosts import HostAudit
from rocmtui.core.report.document import Machine, Server
from rocmtui.core.server.state import ServerStatus


class RunFacts(msgspec.Struct, kw_only=True):
    """Filled in while a run happens, or all at once. Fields that a report has too are named as there."""

    tool_version: str = "unknown"
    unix_ns: int = 0
    """When the run began."""
    label: str = ""
    scenario: Scenario | None = None
    machine: Machine = Machine()
    server: Server = Server()
    gpu: tuple[GpuSummary, ...] = ()
    host: HostSummary | None = None
    answers: Look | None = None
    answers_under_load: Company | None = None
    dropped: int = 0
    load_failed: bool = False
    """Whether a load process died."""
    hosts: tuple[HostAudit, ...] = ()
    """The machines the load came from, where that was not this one."""
    server_gone: bool = False
    """Whether the server no longer answered at the end."""
    changes: tuple[str, ...] = ()
    """What was changed by hand while the load ran."""
    warnings: tuple[str, ...] = ()
    """Warnings of the run itself, such as a spill or a load process that died."""

    @property
    def urls(self) -> tuple[str, ...]:
        """Of the server and the rest of its fleet."""
        return (self.server.url or "the first server", *(self.scenario.fleet if self.scenario else ()))


def server_of(status: ServerStatus) -> Server:
    """The report's server block."""
    told = msgspec.structs.asdict(status.facts)
    facts = {name: value for name, value in told.items() if name in Server.__struct_fields__}
    return Server(
        **facts, url=status.url, args=status.command, pid=status.pid, binary_source=status.binary_source
    )
