"""msgspec without typing_extensions, which it takes where Textual brought it along; a start is quicker.

To be imported before anything that imports msgspec. On the Pythons rocmtui runs on, typing says the same.
"""

import sys

if "typing_extensions" in sys.modules:
    import msgspec
else:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    import msgspec

    del sys.modules["typing_extensions"]

__all__ = ["msgspec"]
