"""DSPy's COPRO over our own seams: what it generates goes through `ask`, what it scores through `score`.

Nothing is kept outside the workspace and nothing is fetched: DSPy's caches and history are off.
"""

import contextlib
import importlib.util
import io
import logging
import os
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from brandtune.core.errors import MissingPartError
from brandtune.core.examples import Message
from brandtune.evaluation.optimizer.config import PromptOptimizerConfig

Ask = Callable[[Sequence[Message], float, int], str]
"""A reply to messages at a temperature, the n-th of those drawn for them."""
Score = Callable[[str], list[float]]
"""How good each example's reply is under an instruction, 0 to 1."""


def require_dspy() -> None:
    """Refuse before any work is done.

    Raises:
        MissingPartError: DSPy is not installed.
    """
    if importlib.util.find_spec("dspy") is None:
        raise MissingPartError(
            "the prompt optimiser needs the package `dspy`.",
            where="evaluation.prompt_optimizer",
            fix='pip install "brandtune[dspy]", or leave evaluation.prompt_optimizer out.',
        )


def search(instruction: str, *, num_examples: int, ask: Ask, score: Score, config: PromptOptimizerConfig) -> list[str]:
    """Instructions that did best in the search, best first, the one that it began with left out.

    Args:
        num_examples: How many scores `score` gives.

    Raises:
        Exception: Whatever DSPy raises when the proposer's answers cannot be read.
    """
    dspy = _import_quietly()
    program = _program(dspy, instruction, score)
    rows = [dspy.Example(question=str(place)).with_inputs("question") for place in range(num_examples)]
    optimizer = dspy.COPRO(
        prompt_model=_proposer(dspy, ask), metric=lambda *found, **_: found[1].score,
        breadth=config.breadth, depth=config.depth, init_temperature=1.0,
    )  # fmt: skip
    settings = {"num_threads": 1, "display_progress": False, "display_table": 0}
    # COPRO prints its last exchange to stdout, where only results belong.
    with dspy.context(disable_history=True), contextlib.redirect_stdout(io.StringIO()):
        best = optimizer.compile(program, trainset=rows, eval_kwargs=settings)
    ranked = dict.fromkeys(str(one["instruction"]).strip() for one in best.candidate_programs)
    return [text for text in ranked if text and text != instruction.strip()]


def _import_quietly() -> Any:
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else it is fetched from the network
    os.environ.setdefault("DSPY_CACHEDIR", tempfile.mkdtemp(prefix="brandtune-dspy-"))
    import dspy

    dspy.configure_cache(enable_disk_cache=False, enable_memory_cache=False)
    logging.getLogger("dspy").setLevel(logging.ERROR)
    return dspy


def _program(dspy: Any, instruction: str, score: Score) -> Any:
    """A program whose reply to the n-th example is written and scored by us under its current instruction."""

    class Prompted(dspy.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.predict = dspy.Predict(dspy.Signature("question -> reply", instruction))

        def forward(self, question: str) -> Any:
            scores = score(self.predict.signature.instructions)
            return dspy.Prediction(reply="", score=scores[int(question)])

    return Prompted()


def _proposer(dspy: Any, ask: Ask) -> Any:
    class Seam(dspy.BaseLM):  # type: ignore[misc]
        """Our own generation, in the shape that DSPy 3.4 asks for."""

        def forward(self, prompt: Any = None, messages: Any = None, **options: Any) -> Any:
            turns = messages or [{"role": "user", "content": prompt}]
            told = tuple(Message(role=turn["role"], content=str(turn["content"])) for turn in turns)
            temperature = float(options.get("temperature") or self.kwargs.get("temperature") or 0.0)
            number = int(options.get("n") or self.kwargs.get("n") or 1)
            texts = [ask(told, temperature, place) for place in range(number)]
            choices = [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"} for text in texts]
            return {"model": self.model, "choices": choices, "usage": {}}

    return Seam("brandtune", cache=False)
