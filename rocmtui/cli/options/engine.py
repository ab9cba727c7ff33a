"""Options that say where the load processes run, and the engine they make."""

from __future__ import annotations

import argparse
import os
import shlex

from rocmtui.cli.options.numbers import refuse_given
from rocmtui.core.load.far.engine import LOCAL_CLUSTER, DaskEngine, Engine, SshEngine
from rocmtui.core.text.late_regex import LateRegex
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError

MOST_HOSTS = 1000
MOST_PROCESSES = 10_000
_HOST = LateRegex(r"(?:ssh://)?[\w:\[][\w.@:%\[\]-]*\Z")
_SCHEDULER = LateRegex(r"(?:tcp|tls|ucx|ws|wss)://\S+\Z")


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """Where load processes run, and how many."""
    group = parser.add_argument_group("where the load comes from (default: this machine)")
    add = group.add_argument
    add("--processes", type=int, metavar="N", help="load processes (default: 1, or one a host)")
    where = group.add_mutually_exclusive_group()
    where.add_argument("--hosts", metavar="A,B", help="start them over ssh, as `ssh A` lets you in")
    where.add_argument(
        "--dask",
        metavar="ADDRESS",
        help=f"place them on the workers of a Dask cluster: tcp://host:8786, or {LOCAL_CLUSTER} to try it",
    )
    add(
        "--remote-python",
        metavar="CMD",
        help="with --hosts: what can import rocmtui there (default: python3); 'uvx --from rocmtui python'",
    )
    add("--ssh", metavar="CMD", help="with --hosts: the ssh client and its options (default: ssh)")


def engine_from(args: argparse.Namespace) -> Engine | None:
    """The engine of the options; None: this machine. Raises UsageError."""
    if args.hosts is None:
        refuse_given(args, ("remote_python", "ssh"), "--hosts", "give --hosts, or leave it out")
    if args.dask is not None:
        if args.dask != LOCAL_CLUSTER and not _SCHEDULER.match(args.dask):
            raise UsageError(
                f"--dask {clean_line(args.dask, 80)!r} is no address", "give tcp://host:8786, or local"
            )
        return DaskEngine(scheduler=args.dask)
    if args.hosts is None:
        return None
    hosts = tuple(args.hosts.split(","))
    wrong = next((host for host in hosts if not _HOST.match(host)), None)
    if wrong is not None:
        raise UsageError(f"--hosts: {clean_line(wrong, 80)!r} is no host", "write it as a,user@b")
    if len(hosts) > MOST_HOSTS:
        raise UsageError(f"--hosts: {len(hosts)} hosts are too many", f"at most {MOST_HOSTS}")
    ssh = args.ssh or "ssh"
    try:
        if not shlex.split(ssh):
            raise ValueError("it is empty")
    except ValueError as error:
        raise UsageError(f"--ssh {clean_line(ssh, 80)!r}: {error}", "quote it as in a shell") from error
    return SshEngine(hosts=hosts, ssh=ssh, python=args.remote_python or "python3")


def processes_from(args: argparse.Namespace, engine: Engine | None) -> int:
    """How many load processes. Raises UsageError for none, or more than the engine can bear."""
    usual = len(engine.hosts) if isinstance(engine, SshEngine) else 2 if engine is not None else 1
    wanted: int = usual if args.processes is None else args.processes
    if wanted < 1:
        raise UsageError(f"--processes {wanted} is too small", "at least 1")
    if engine is None and wanted > (most := 4 * (os.cpu_count() or 1)):
        raise UsageError(f"--processes {wanted} is too much for {most // 4} cores", f"at most {most}")
    if wanted > MOST_PROCESSES:
        raise UsageError(f"--processes {wanted} is too much", f"at most {MOST_PROCESSES}")
    return wanted
