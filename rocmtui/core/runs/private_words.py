"""Hosts and folders a run itself names, gathered so that they can be taken out of all its texts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rocmtui.core.load.far.engine import Engine, SshEngine
from rocmtui.core.load.said import Hello
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.document import Report
from rocmtui.core.runs.redact import is_path
from rocmtui.core.server.state import LaunchPlan, ServerStatus
from rocmtui.core.server.url import ANYWHERE, host_of, is_this_machine
from rocmtui.core.session.events import Event, ServerChanged

_UNMISTAKABLE = re.compile(r"[/~.][\w/.~+@%-]*")
"""A folder that is seen to be one wherever it stands."""


class PrivateWords:
    """Show it all of a run before any of it is redacted."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = set(names)
        self.folders: set[str] = set()

    def events(self, events: Iterable[Event]) -> None:
        """Learn from everything that happened."""
        for event in events:
            if isinstance(event, ServerChanged):
                self._status(event.status)
            elif isinstance(event, Hello):
                self.names.add(event.host)

    def scenario(self, scenario: Scenario | None) -> None:
        """Learn from where prompts were read."""
        if scenario is not None:
            self.engine(scenario.engine)
            for url in scenario.fleet:
                self.url(url)
            trace = scenario.trace.file if scenario.trace is not None else None
            self.paths((scenario.prompt.file, scenario.prompt.dataset, trace))

    def report(self, report: Report | None) -> None:
        """Learn from the server of a report."""
        if report is not None:
            self.url(report.server.url)
            self.command(report.server.args)
            self.paths((report.server.model_path,))
            self.scenario(report.scenario)

    def engine(self, engine: Engine | None) -> None:
        """Learn from where load processes run."""
        if isinstance(engine, SshEngine):
            for host in engine.hosts:
                self.names.update((host, host.rpartition("@")[2]))
            self.names.update(name for host in engine.hosts if (name := host.rpartition("@")[0]))
        elif engine is not None:
            self.names.add(engine.scheduler)

    def _status(self, status: ServerStatus) -> None:
        self.url(status.url)
        self.command(status.command)
        self.paths((status.facts.model_path,))
        self.launch(status.plan)

    def launch(self, plan: LaunchPlan | None) -> None:
        """Learn from how a server is started."""
        if plan is not None:
            self.command(("--host", plan.host, *plan.extra_args))
            self.paths((plan.model, plan.server_bin))

    def url(self, url: str | None) -> None:
        """Learn from the address of a server."""
        if url is not None:
            self._host(host_of(url))

    def _host(self, host: str) -> None:
        if host and host not in ANYWHERE and not is_this_machine(host):
            self.names.add(host)

    def command(self, words: Sequence[str]) -> None:
        """Learn from a command line."""
        for option, value in pairwise(words):
            if option == "--host" and "/" not in value:
                for host in value.split(","):
                    self._host(host)
        self.paths(word for word in words if is_path(word))

    def paths(self, paths: Iterable[str | None]) -> None:
        """Learn from texts that are a path as a whole."""
        for path in paths:
            folder = (path or "").rpartition("/")[0]
            if folder and not _UNMISTAKABLE.fullmatch(folder):
                self.folders.add(folder)
