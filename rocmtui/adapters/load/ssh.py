"""Load processes on other machines, started by OpenSSH's client with the user's own keys and settings."""

from __future__ import annotations

import shlex

from rocmtui.adapters.load.carrier import PipeCarrier
from rocmtui.adapters.load.process import MODULE, ChildLoadProcess
from rocmtui.core.load.far.engine import SshEngine
from rocmtui.errors import LoadProcessError

OPTIONS = (
    *("-o", "BatchMode=yes"),  # a password cannot be typed here: its stdin carries the load
    *("-o", "ConnectTimeout=15"),
    *("-o", "ServerAliveInterval=3"),
    *("-o", "ServerAliveCountMax=3"),
    "-T",
)
LEASE_S = 30
"""A far process that hears nothing for so long is alone and ends; we ask it for the time oftener."""
SSH_FAILED = "exit code 255"


def ssh_command(engine: SshEngine, number: int) -> list[str]:
    """The command line that starts process `number`; nothing secret is on it."""
    host = engine.hosts[number % len(engine.hosts)]
    there = f"exec {engine.python} -m {MODULE} --lease {LEASE_S}"
    return [*shlex.split(engine.ssh), *OPTIONS, "--", host, there]


async def spawn_over_ssh(engine: SshEngine, number: int, api_key: str | None) -> ChildLoadProcess:
    """Start one and wait until it is ready. Raises LoadProcessError, which says what ssh said."""
    carrier = await PipeCarrier.start(ssh_command(engine, number))
    try:
        return await ChildLoadProcess(carrier, engine.hosts[number % len(engine.hosts)]).ready(api_key)
    except LoadProcessError as error:
        raise LoadProcessError(error.message, error.remedy or _remedy(error.message, engine)) from error


def _remedy(message: str, engine: SshEngine) -> str:
    if SSH_FAILED in message:
        return "the host must let you in without a password: try `ssh HOST true`; --ssh gives ssh options"
    return f"`{engine.python} -m {MODULE}` must run there: give --remote-python the one that has rocmtui"
