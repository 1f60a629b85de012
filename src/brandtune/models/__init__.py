"""Means: load a base model and adapters, render conversations to tokens, generate, retrieve. Read `rendering` first.

Importing this package loads no torch; the names below do on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

_EXPORTS = {
    "Model": "loading",
    "load_model": "loading",
    "load_renderer": "loading",
    "Renderer": "rendering",
    "Rendered": "rendering",
    "Decoding": "settings",
    "Generated": "generation",
    "generate": "generation",
    "Retriever": "retrieval",
}

__all__ = [
    "Decoding",
    "Generated",
    "Model",
    "Rendered",
    "Renderer",
    "Retriever",
    "generate",
    "load_model",
    "load_renderer",
]


def __getattr__(name: str) -> Any:
    if name not in _EXPORTS:
        raise AttributeError(f"module 'brandtune.models' has no attribute {name!r}")
    return getattr(import_module(f"brandtune.models.{_EXPORTS[name]}"), name)


if TYPE_CHECKING:
    from brandtune.models.generation import Generated, generate
    from brandtune.models.loading import Model, load_model, load_renderer
    from brandtune.models.rendering import Rendered, Renderer
    from brandtune.models.retrieval import Retriever
    from brandtune.models.settings import Decoding
