"""The sample company *Larkspur Outdoor*: customer data, brand rules and facts, with planted flaws and their truth.

`write(directory)` puts it on disk; read `write.py` next, then `language/frame.py` for how its people talk.
"""

from .write import SampleSummary, write

__all__ = ["SampleSummary", "write"]
