"""What `base:` may name: `starter` (bundled), a local folder in the Hugging Face layout, or a hub id."""

import hashlib
import json
import re
from pathlib import Path

from brandtune.core.errors import ConfigError, NotFoundError

STARTER = Path(__file__).parent / "starter"
_HUB_ID = re.compile(r"^[A-Za-z0-9][\w.-]*/[\w.-]+$")


def resolve(reference: str, *, base_dir: Path = Path()) -> str:
    """Turn a reference into what `transformers` loads: a folder path, or a hub id as it stands.

    Raises:
        NotFoundError: Looks like a path and is not there, or is no model folder.
        ConfigError: Neither a known name, a folder nor of the form owner/name.
    """
    if reference == "starter":
        return str(STARTER)
    if reference.startswith("hosted:"):
        raise ConfigError(
            "hosted bases are not implemented yet.", where="base", fix="Use `starter`, a local folder or a hub id."
        )
    folder = (base_dir / Path(reference).expanduser()).resolve()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise NotFoundError(
                f"{folder} holds no config.json.", where="base", fix="Name a Hugging Face model folder."
            )
        return str(folder)
    if _HUB_ID.match(reference) and not reference.startswith("."):
        return reference
    raise NotFoundError(
        f"no model at {folder}.", where="base", fix="Use `starter`, an existing folder, or a hub id such as owner/name."
    )


def fingerprint(resolved: str) -> str:
    """Identity of a base: a hash over its configuration and weight files; for a hub id, the id itself."""
    folder = Path(resolved)
    if not folder.is_dir():
        return hashlib.sha256(resolved.encode()).hexdigest()[:16]
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in (".json", ".jinja", ".model"):
            digest.update(path.name.encode() + path.read_bytes())
        elif path.suffix in (".safetensors", ".bin"):
            digest.update(path.name.encode() + _hash_of_large(path))
    return digest.hexdigest()[:16]


def _hash_of_large(path: Path) -> bytes:
    """Size and both ends of the file: enough to notice another checkpoint without reading gigabytes."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(1 << 20)
        file.seek(max(0, size - (1 << 20)))
        return hashlib.sha256(json.dumps(size).encode() + head + file.read()).digest()
