"""Artifacts that others can load: safetensors, PEFT, GGUF, Ollama, vLLM. Read `exporting` first; `parity` decides.

Importing this package loads no torch; the names below do on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_EXPORTS = {
    "Exported": "exporting",
    "Facts": "card",
    "Format": "settings",
    "Incoming": "incoming",
    "Numbers": "settings",
    "Quantization": "settings",
    "Source": "source",
    "export": "exporting",
    "look_at": "incoming",
    "open_source": "source",
    "require_new": "exporting",
}

__all__ = [
    "Exported",
    "Facts",
    "Format",
    "Incoming",
    "Numbers",
    "Quantization",
    "Source",
    "export",
    "look_at",
    "open_source",
    "require_new",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'brandtune.models.export' has no attribute {name!r}")
    return getattr(import_module(f"brandtune.models.export.{_EXPORTS[name]}"), name)


if TYPE_CHECKING:
    from brandtune.models.export.card import Facts
    from brandtune.models.export.exporting import Exported, export, require_new
    from brandtune.models.export.incoming import Incoming, look_at
    from brandtune.models.export.settings import Format, Numbers, Quantization
    from brandtune.models.export.source import Source, open_source
