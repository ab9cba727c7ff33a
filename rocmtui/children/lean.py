"""What a child imports first, so that it starts quicker: msgspec without what it can do without.

msgspec takes typing_extensions where it is installed, as Textual does; it says nothing that typing does not
say on the Pythons rocmtui runs on, and takes an eighth of a sampler's start.
"""

import sys

if "typing_extensions" not in sys.modules:
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    import msgspec

    del sys.modules["typing_extensions"]
else:
    import msgspec

__all__ = ["msgspec"]
