"""The tenant key: pseudonyms and splits depend on it, so it is made once and kept apart from the data."""

import os
import secrets
from pathlib import Path

from brandtune.core.storage import write_text

VARIABLE = "BRANDTUNE_KEY"


def tenant_key(workspace: Path) -> str:
    """The key from the environment (`BRANDTUNE_KEY`), else from the workspace, made on first use with mode 600."""
    if os.environ.get(VARIABLE):
        return os.environ[VARIABLE]
    path = workspace / "key"
    if not path.is_file():
        write_key(workspace, secrets.token_hex(32))
    return path.read_text(encoding="utf-8").strip()


def write_key(workspace: Path, key: str) -> None:
    path = workspace / "key"
    write_text(path, key + "\n")
    path.chmod(0o600)
