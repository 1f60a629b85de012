"""Stage: answering with a released model. No HTTP here; the command line talks to `Assistant`."""

from typing import TYPE_CHECKING, Any

__all__ = ["Answer", "Assistant"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from brandtune.serving import assistant

        return getattr(assistant, name)
    raise AttributeError(f"module 'brandtune.serving' has no attribute {name!r}")


if TYPE_CHECKING:
    from brandtune.serving.assistant import Answer, Assistant
