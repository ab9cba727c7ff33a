"""`python -m rocmtui` is the `rocmtui` command."""

import sys

from rocmtui.cli.main import main

sys.exit(main())
