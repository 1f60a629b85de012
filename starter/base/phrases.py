"""Lists of phrases from the files in `grammar/`: `# name`, then one phrase a line (`\\n` is a line break)."""

import re
from functools import cache
from pathlib import Path

GRAMMAR = Path(__file__).parent / "grammar"


@cache
def phrases(file: str) -> dict[str, tuple[str, ...]]:
    """The lists of a file by name."""
    found: dict[str, tuple[str, ...]] = {}
    for block in ("\n" + (GRAMMAR / file).read_text(encoding="utf-8")).split("\n# ")[1:]:
        name, *lines = block.splitlines()
        found[name] = tuple(line.replace("\\n", "\n") for line in lines if line.strip())
    return found


@cache
def everyday_words() -> frozenset[str]:
    """Every word that the files in `grammar/` use, in small letters: no made-up word may be one of them."""
    texts = (path.read_text(encoding="utf-8") for path in sorted(GRAMMAR.glob("*.txt")))
    return frozenset(word for text in texts for word in re.findall(r"[a-z]+", text.casefold()))
