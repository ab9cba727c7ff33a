"""Where the processes of a load run: here, on hosts over ssh, on the workers of a Dask cluster."""

from __future__ import annotations

import msgspec

LOCAL_CLUSTER = "local"
"""The scheduler address that stands for a Dask cluster of this machine, made for the load."""


class SshEngine(msgspec.Struct, frozen=True, kw_only=True, tag="ssh"):
    """OpenSSH's client starts each process; process n runs on host n modulo their number."""

    hosts: tuple[str, ...]
    """As ssh takes them: `host`, `user@host`, `ssh://user@host:port`, a name of ~/.ssh/config."""
    python: str = "python3"
    """What runs there: an interpreter that can import rocmtui, or `uvx --from rocmtui python`."""
    ssh: str = "ssh"
    """The client and its own options."""


class DaskEngine(msgspec.Struct, frozen=True, kw_only=True, tag="dask"):
    """A task on a worker launches each process and carries its lines; n runs on worker n modulo them."""

    scheduler: str
    """`tcp://host:8786`, or LOCAL_CLUSTER."""


Engine = SshEngine | DaskEngine
