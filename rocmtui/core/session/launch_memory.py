"""What the launch screen remembers from session to session: the last settings and named profiles."""

from __future__ import annotations

import msgspec

from rocmtui.core.server.command import refuse_keys
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.session.face_ports import SettingsStore
from rocmtui.core.session.settings import Settings, unknown_keys
from rocmtui.errors import UsageError

MAX_NAME_CHARS = 40


class LaunchMemory:
    """Keeps the launch settings in a store; each change returns what went wrong, or None."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store
        self._settings = Settings()

    def read(self) -> tuple[str, ...]:
        """Read the store; returns a sentence for each thing wrong with it."""
        try:
            self._settings = self._store.read()
        except UsageError as error:
            return (error.message,)
        return unknown_keys(self._settings)

    @property
    def last(self) -> LaunchPlan | None:
        """How a server was started last."""
        return self._settings.launch

    @property
    def profiles(self) -> tuple[str, ...]:
        """Names, sorted."""
        return tuple(sorted(self._settings.profiles))

    def profile(self, name: str | None) -> LaunchPlan | None:
        """The plan of that name."""
        return self._settings.profiles.get(name) if name is not None else None

    def keep_last(self, plan: LaunchPlan) -> str | None:
        """Remember how a server is started."""
        return _key_problem(plan) or self._write(launch=plan)

    def keep_profile(self, name: str, plan: LaunchPlan) -> str | None:
        """Remember a plan under a name."""
        return _key_problem(plan) or self._write(profiles={**self._settings.profiles, name: plan})

    def forget_profile(self, name: str) -> str | None:
        """Forget a name."""
        kept = {key: plan for key, plan in self._settings.profiles.items() if key != name}
        return self._write(profiles=kept)

    def add_folder(self, folder: str) -> str | None:
        """Search this folder too, from now on."""
        folders = dict.fromkeys((*self._settings.model_dirs, folder))
        return self._write(model_dirs=tuple(folders))

    def _write(self, **changes: object) -> str | None:
        """Write over what the file says now, so that a change made elsewhere is not undone."""
        try:
            newest = self._store.read()
            self._settings = msgspec.structs.replace(newest, **changes)
            self._store.write(self._settings)
        except UsageError as error:
            return error.message
        return None


def _key_problem(plan: LaunchPlan) -> str | None:
    try:
        refuse_keys(plan.extra_args)
    except UsageError as error:
        return f"not kept: {error.message}"
    return None


def name_problem(name: str) -> str | None:
    """What is wrong with a profile's name."""
    if not name.strip():
        return "a name, please"
    return f"at most {MAX_NAME_CHARS} characters" if len(name) > MAX_NAME_CHARS else None
