"""Options that say which server to start or to attach to, spelled as llama-server spells them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Collection
from pathlib import Path
from typing import Any

from rocmtui.cli.options.numbers import option_of
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.launch import CACHE_TYPES
from rocmtui.errors import UsageError

DEMO = "demo"
_OF_A_START = (
    "parallel",
    "ctx_size",
    "gpu_layers",
    "flash_attn",
    "cache_type_k",
    "cache_type_v",
    "host",
    "port",
    "alias",
    "server_bin",
    "gpu",
    "restart_on_crash",
    "keep_server",
)
"""Options that only a server we start can heed."""
_USUAL = LaunchPlan(model="")


class OneUrl(argparse.Action):
    """Takes one address; a further one is refused instead of dropping the first."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Take it. Raises UsageError."""
        if namespace.url is None:
            namespace.url = values
        else:
            self.further(namespace, values)

    def further(self, namespace: argparse.Namespace, url: str) -> None:
        """What comes of one more. Raises UsageError."""
        raise UsageError("this command takes one --url", "several servers share the load of `rocmtui load`")


def add_server_options(
    parser: argparse.ArgumentParser, url_action: type[argparse.Action] = OneUrl
) -> argparse._ArgumentGroup:
    """Everything `plan_from` and `--url` need; what follows `--` goes to llama-server untouched."""
    parser.set_defaults(extra_args=())
    group = parser.add_argument_group("server")
    add = group.add_argument
    add("-m", "--model", metavar="MODEL", help="GGUF file, a name of `rocmtui models`, or demo")
    add("--url", metavar="URL", action=url_action, help="attach to a running server instead")
    add("-np", "--parallel", type=int, metavar="N", help="slots (default: 4)")
    add("-c", "--ctx-size", type=int, metavar="N", help="context of all slots together")
    add_server_flags(group)
    add("--host", help="address to bind (default: 127.0.0.1)")
    add("--port", type=int, metavar="N", help="default: a free one")
    add("-a", "--alias", metavar="NAME", help="name of the model in replies; with --url, which one is asked")
    add("--api-key-env", metavar="NAME", help="variable that holds the API key")
    add("--keep-server", action="store_true", help="leave the server running at the end")
    return group


def add_server_flags(group: argparse._ArgumentGroup) -> None:
    """How any server is started, apart from model, slots and context."""
    add = group.add_argument
    add("-ngl", "--gpu-layers", metavar="N", help="layers on the GPU: a number, auto or all")
    add("-fa", "--flash-attn", choices=("on", "off", "auto"), help="flash attention")
    add("-ctk", "--cache-type-k", choices=CACHE_TYPES, metavar="TYPE", help="type of the K cache")
    add("-ctv", "--cache-type-v", choices=CACHE_TYPES, metavar="TYPE", help="type of the V cache")
    add(
        "--server-bin",
        metavar="PATH",
        help="llama-server to run, or embedded (default: $ROCM_LLAMA_SERVER_PATH, llama-server on PATH, "
        "the embedded one)",
    )
    which = "auto, all, none, or indexes, PCI addresses, UUIDs: 0,2; 0.3 is partition 3 of 0 (default: auto)"
    add("--gpu", metavar="WHICH", help=which)
    add("--start-timeout", type=float, metavar="S", help="how long a model may take to load (default: 600)")


def server_flags(args: argparse.Namespace) -> dict[str, Any]:
    """Fields of the launch plan that were given."""
    names = ("gpu_layers", "flash_attn", "cache_type_k", "cache_type_v", "server_bin", "gpu")
    given = {name: getattr(args, name) for name in names if getattr(args, name) is not None}
    if args.start_timeout is not None:
        given["start_timeout_s"] = start_timeout(args)
    return given


def start_timeout(args: argparse.Namespace) -> float:
    """How long a server may take to be ready. Raises UsageError for a time that is none."""
    seconds: float = _USUAL.start_timeout_s if args.start_timeout is None else args.start_timeout
    if not 0 < seconds < 1e6:
        raise UsageError(f"--start-timeout {seconds:g} is no time to wait", "give seconds, such as 1800")
    return seconds


def plan_from(args: argparse.Namespace) -> LaunchPlan | None:
    """The launch plan of the options; None when they attach to `--url` or name no model.

    Raises UsageError for what cannot be started.
    """
    if args.model is None:
        return None
    refuse_both(args)
    parallel = _USUAL.parallel if args.parallel is None else args.parallel
    if parallel < 1:
        raise UsageError(f"--parallel {parallel}: at least one slot is needed")
    if args.ctx_size is not None and args.ctx_size < parallel:
        raise UsageError(
            f"--ctx-size {args.ctx_size} for {parallel} slots leaves less than a token each",
            "it is the context of all slots together",
        )
    if args.port is not None and not 1 <= args.port <= 65535:
        raise UsageError(f"--port {args.port} is no port", "1 to 65535")
    return LaunchPlan(
        model=model_file(args.model),
        parallel=parallel,
        ctx_per_slot=None if args.ctx_size is None else args.ctx_size // parallel,
        host=args.host or _USUAL.host,
        port=args.port,
        alias=args.alias,
        extra_args=tuple(args.extra_args),
        api_key_env=args.api_key_env,
        restart_on_crash=getattr(args, "restart_on_crash", False),
        **server_flags(args),
    )


def refuse_both(args: argparse.Namespace) -> None:
    """Raises UsageError where a model is to be started and a server attached to."""
    if args.model is not None and getattr(args, "url", None) is not None:
        remedy = "to choose one of the models that are served there, give -a NAME"
        raise UsageError("--model and --url exclude each other", remedy)


def refuse_unheeded(args: argparse.Namespace, heeded: Collection[str] = ()) -> None:
    """Raises UsageError for an option of a server that is not to be started, but for those `heeded`."""
    given = [
        option_of(name)
        for name in _OF_A_START
        if name not in heeded and getattr(args, name, None) not in (None, False)
    ]
    if args.url is not None:
        if args.extra_args:
            raise UsageError("with --url no server is started", "leave out `--` and what follows it")
        if given:
            raise UsageError(
                f"{given[0]}: a server that runs already keeps its slots and flags",
                "leave it out, or give -m to start a server",
            )
        return
    given += ["--api-key-env"] if args.api_key_env is not None else []
    given += ["what follows `--`"] if args.extra_args else []
    if given:
        raise UsageError(f"{given[0]}: of which server?", "give -m MODEL to start one")


def model_file(given: str) -> str:
    """The file of a path, of a model's name, or of `demo`. Raises UsageError naming what comes near."""
    if given == DEMO:
        from rocmtui.adapters.models.demo_model import demo_model_path

        return str(demo_model_path(notice=lambda text: print(text, file=sys.stderr)))
    try:
        path = Path(given).expanduser()
        if path.exists():
            return str(path)
    except (OSError, RuntimeError) as error:  # a name too long, the home of nobody
        raise UsageError(f"no model {given!r}: {error}", "give the path of a GGUF file") from error
    from rocmtui.adapters.machine.settings_file import SettingsFile, model_dirs
    from rocmtui.adapters.models.search import resolve_model

    return str(resolve_model(given, model_dirs(SettingsFile().read())))


def server_url(text: str) -> str:
    """The address of `--url`, in the form the rest understands. Raises UsageError."""
    from rocmtui.core.server.url import parse_server_url
    from rocmtui.core.text.sanitize import clean_line

    try:
        return parse_server_url(text)
    except UsageError as error:
        shown = "" if "@" in text else f" {clean_line(text, 200)!r}"  # a password is not repeated
        raise UsageError(f"--url{shown}: {error.message}", error.remedy) from None
