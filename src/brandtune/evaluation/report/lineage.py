"""The chain from sources to release; many source files stand under one link of it, to be opened."""

from dataclasses import dataclass

from brandtune.evaluation.results import RunContext

MOST_SOURCES = 4
SOURCE = "Source"
Link = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class LineageView:
    """`folded` are the source files behind the first link of `shown`; none where there are few."""

    shown: tuple[Link, ...]
    folded: tuple[Link, ...]


def lineage_view(context: RunContext) -> LineageView:
    """The links as shown, (label, id, detail) each."""
    sources = tuple(link for link in context.lineage if link[0] == SOURCE)
    if len(sources) <= MOST_SOURCES:
        return LineageView(shown=context.lineage, folded=())
    rest = tuple(link for link in context.lineage if link[0] != SOURCE)
    first = (f"{SOURCE}s", f"{len(sources)} files", "each with its number of records and its hash")
    return LineageView(shown=(first, *rest), folded=sources)
