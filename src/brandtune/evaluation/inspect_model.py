"""A model in memory as one of inspect's: the same renderer as everywhere, no copy on disk, and nothing asked of a hub."""

from typing import Any

from brandtune.core.errors import UsageError
from brandtune.core.examples import Message
from brandtune.models.generation import Generated, generate
from brandtune.models.loading import Model
from brandtune.models.settings import Decoding

LONGEST_REPLY = 256
ROLES = ("system", "user", "assistant")


def inspect_model(model: Model) -> Any:
    """What inspect's `eval` takes as a model. It writes one reply after another, and calls no tools."""
    from inspect_ai.model import ModelAPI, ModelOutput, ModelUsage, get_model, modelapi  # type: ignore[import-not-found]

    class InMemory(ModelAPI):  # type: ignore[misc]
        async def generate(self, input: Any, tools: Any, tool_choice: Any, config: Any) -> Any:
            reply = answered(model, input, tools=tools, config=config)
            output = ModelOutput.from_content(
                model="brandtune", content=reply.text, stop_reason="stop" if reply.finished else "max_tokens"
            )
            prompt, written = reply.num_prompt_tokens, reply.num_reply_tokens
            output.usage = ModelUsage(input_tokens=prompt, output_tokens=written, total_tokens=prompt + written)
            return output

    modelapi(name="brandtune")(InMemory)
    return get_model("brandtune/model", memoize=False)


def answered(model: Model, messages: Any, *, tools: Any, config: Any) -> Generated:
    """One reply under inspect's generation settings; greedy where they name no temperature.

    Raises:
        UsageError: The task wants tools, or its messages have a role that no training text has.
    """
    strange = sorted({one.role for one in messages} - set(ROLES))
    if tools or strange:
        what = "tools" if tools else f"messages of the role {strange[0]}"
        raise UsageError(f"the task uses {what}, which the model does not know.", where="evaluation.suites")
    prompt = [Message(role=one.role, content=one.text) for one in messages]
    room = model.context - len(model.renderer.prompt(prompt))
    decoding = Decoding(
        max_new_tokens=max(1, min(config.max_tokens or LONGEST_REPLY, room)),
        temperature=config.temperature or 0.0,
        seed=config.seed or 0,
    )
    (reply,) = generate(model, [prompt], decoding=decoding)
    return reply
