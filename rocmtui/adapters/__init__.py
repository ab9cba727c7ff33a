"""One port and one outside thing each: sockets, processes, sysfs, files."""

import sys

# httpx loads its own command line, with click and rich, where those are installed: 0.1 s of each process for
# nothing. It is made to get along without; None says "not there" to the import system.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
