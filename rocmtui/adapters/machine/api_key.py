"""The API key, from the environment variable that holds it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import UsageError


def read_api_key(variable: str | None, environ: Mapping[str, str] = os.environ) -> str | None:
    """The key; None when no variable is named. Raises UsageError for a variable that is not set."""
    if variable is None:
        return None
    key = environ.get(variable, "").strip()
    if not key:
        problem = f"--api-key-env: the variable {clean_line(variable, 80)} is not set"
        raise UsageError(problem, "export it; give the variable's name here, never the key")
    if not key.isprintable() or not key.isascii():
        problem = f"--api-key-env: {clean_line(variable, 80)} holds characters no key can have"
        raise UsageError(problem, "check for line breaks")
    return key
