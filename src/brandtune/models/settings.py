"""Settings of generation; apart from the code that needs torch, so that reading a configuration stays quick."""

from brandtune.core.config import Config


class Decoding(Config):
    """How text is generated; the same for every arm."""

    max_new_tokens: int = 220
    """Longest reply in tokens; a reply that reaches it counts as not finished."""
    temperature: float = 0.0
    """0 takes the likeliest token each time, which makes runs repeatable."""
    repetition_penalty: float | None = None
    """Divides the scores of tokens already seen; None takes the base model's own generation setting."""
    batch_size: int = 64
    """Prompts generated together."""
    seed: int = 0
    """Seed of sampling when the temperature is above 0."""
