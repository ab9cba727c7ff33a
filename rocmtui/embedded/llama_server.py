"""`python -m rocmtui.embedded.llama_server`: the name by which scripts start the embedded server."""

from __future__ import annotations

import sys

from rocmtui.embedded.llama.server import main

if __name__ == "__main__":
    sys.exit(main())
