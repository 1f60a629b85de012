"""Replies of the engine that will serve, each written down as it comes, so that a stopped run goes on."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from brandtune.core.errors import GateFailed
from brandtune.core.examples import Example
from brandtune.core.ids import content_id
from brandtune.core.progress import Task as Bar
from brandtune.evaluation.generating import GenerationCache
from brandtune.models.export import llama_cpp
from brandtune.models.generation import Generated
from brandtune.models.loading import Model
from brandtune.models.settings import Decoding


def write_replies(
    file: Path,
    examples: Sequence[Example],
    *,
    model: Model,
    decoding: Decoding,
    cache: GenerationCache,
    identity: str,
    bar: Bar,
) -> list[Generated]:
    """What llama.cpp answers with a GGUF file, prompted as the tuned arm was.

    Args:
        model: What the file was made from; its renderer makes the prompts.
        cache: Replies that are there already.
        identity: The file's hash.

    Raises:
        GateFailed: llama.cpp does not load the file.
    """
    prompts = [model.renderer.prompt(example.prompt) for example in examples]
    keys = [content_id([identity, decoding.model_dump(mode="json"), ids], length=32) for ids in prompts]
    missing = [place for place, key in enumerate(keys) if key not in cache.known]
    bar.advance(len(keys) - len(missing))
    if missing:
        longest = max(len(prompts[place]) for place in missing)
        room = min(longest + decoding.max_new_tokens, model.context)
        with _explained(), llama_cpp.running(file, context=room, numbers="usual") as engine:
            for place in missing:
                cache.add(keys[place], [_reply(engine, prompts[place], model=model, decoding=decoding)])
                bar.advance(1, note="answering as served")
    return [cache.known[key][0] for key in keys]


@contextmanager
def _explained() -> Iterator[None]:
    """What the engine refuses is told as what it is here: not a failed export, but a model that cannot be served so."""
    try:
        yield
    except GateFailed as error:
        raise GateFailed(
            error.what, where="release.serve_as", fix="Nothing was released. Another engine or number format may do."
        ) from None


def _reply(engine: llama_cpp.Engine, ids: Sequence[int], *, model: Model, decoding: Decoding) -> Generated:
    found = engine.reply(
        ids,
        tokens=min(decoding.max_new_tokens, model.context - len(ids)),
        temperature=decoding.temperature,
        penalty=_penalty(model, decoding),
        seed=decoding.seed,
    )
    return Generated(found.text.strip(), len(ids), found.num_tokens, found.finished, found.seconds)


def _penalty(model: Model, decoding: Decoding) -> float:
    if decoding.repetition_penalty is not None:
        return decoding.repetition_penalty
    return getattr(model.network.generation_config, "repetition_penalty", None) or 1.0
