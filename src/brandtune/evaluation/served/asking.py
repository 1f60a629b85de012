"""Replies of a server that serves what was trained already; one that does not answer is told, never scored."""

from collections.abc import Sequence

from brandtune.core.errors import MissingPartError
from brandtune.core.examples import Example
from brandtune.core.progress import Task as Bar
from brandtune.evaluation.endpoints.writing import EndpointWriter, reasons
from brandtune.evaluation.generating import GenerationCache
from brandtune.evaluation.served.config import PLACE, ServerConfig
from brandtune.models.generation import Generated
from brandtune.models.settings import Decoding

# Whether a server answers at all shows in these, before the rest waits out every retry.
TRIED_FIRST = 3
FEWEST_ANSWERED = 0.5


def ask_server(
    server: ServerConfig,
    examples: Sequence[Example],
    *,
    decoding: Decoding,
    cache: GenerationCache,
    bar: Bar,
    pause_s: float = 1.0,
) -> list[Generated]:
    """What the server answers, prompted as the tuned arm was; a reply that failed after every retry says why.

    Args:
        cache: Replies that are there already.
        pause_s: Waits before another try grow from this.

    Raises:
        ConfigError: The environment variable with the key is not set.
        MissingPartError: The server gave no usable answer, or hardly one.
    """
    writer = EndpointWriter(server, where=f"{PLACE}.endpoint", decoding=decoding, cache=cache, pause_s=pause_s)
    replies: list[Generated] = []
    for part in (examples[:TRIED_FIRST], examples[TRIED_FIRST:]):
        replies += writer.write([one.prompt for one in part], bar=bar, note="answering as served")
        answered = sum(not reply.failed for reply in replies)
        if answered == 0 or (len(replies) > TRIED_FIRST and answered < FEWEST_ANSWERED * len(replies)):
            raise MissingPartError(
                f"{server.name} at {server.host} answered {answered} of {len(replies)} requests for the model "
                f"`{server.model}` ({reasons(replies)}).",
                where=f"{PLACE}.endpoint",
                fix="Nothing was released. Write what was trained with `brandtune models export RUN/train/adapter`, serve it "
                "there under that name, then run `brandtune release` again.",
            )
    return replies
