"""Lists of phrases from the files in `grammar/`: `# name`, then one phrase a line (`\\n` is a line break)."""

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


def all_phrases(file: str) -> set[str]:
    """Every phrase of a file, whatever its list."""
    return {phrase for lines in phrases(file).values() for phrase in lines}
