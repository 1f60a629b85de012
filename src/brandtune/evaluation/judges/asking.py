"""What a judge is asked: one wording for local models and endpoints, with nothing in it that says who wrote what."""

from collections.abc import Sequence

from brandtune.core.examples import Message
from brandtune.evaluation.judges.pairwise import Pair

LABELS = ("A", "B")
_MOST_CHARS = 4_000


def messages(pair: Pair, *, voice: str = "") -> Sequence[Message]:
    """The turns that ask which of two texts is better; the answer is one letter.

    Args:
        voice: The brand's voice guide, where the judge is to judge by it.
    """
    guide = f"The house's voice guide:\n{voice[:_MOST_CHARS]}\n\n" if voice else ""
    text = (
        f"{guide}The task:\n{pair.question[:_MOST_CHARS]}\n\nText A:\n{pair.first[:_MOST_CHARS]}\n\n"
        f"Text B:\n{pair.second[:_MOST_CHARS]}\n\n"
        "Which text would the house's own writers rather publish? Answer with one letter, A or B."
    )
    return (
        Message(role="system", content="You compare two texts. You answer with the letter A or B and nothing else."),
        Message(role="user", content=text),
    )
