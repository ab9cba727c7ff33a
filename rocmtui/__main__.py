"""The `rocmtui` program; `python -m rocmtui` is the same."""

import sys

from rocmtui.cli.interrupts import hold, leave_at_once


def program() -> int:
    """Run the command line; returns the exit code. A signal during the imports waits for their end."""
    hold()
    from rocmtui.cli.main import main

    code = main()
    leave_at_once()
    return code


if __name__ == "__main__":
    sys.exit(program())
