"""The corpus manifest as data: what the model learns from, under which licences.

python -m starter.base.manifest [--without-share-alike]     # names of the sources, one a line
"""

import argparse
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parent / "manifest.yaml"


def manifest() -> dict[str, Any]:
    """The manifest; `corpus` lists the sources."""
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return found


def sources(*, share_alike: bool = True) -> list[str]:
    """Names of the sources, with or without those whose licence asks to share alike.

    >>> "sgd" in sources(), "sgd" in sources(share_alike=False)
    (True, False)
    """
    return [entry["name"] for entry in manifest()["corpus"] if share_alike or not entry.get("share_alike")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--without-share-alike", action="store_true")
    print("\n".join(sources(share_alike=not parser.parse_args().without_share_alike)))


if __name__ == "__main__":
    main()
