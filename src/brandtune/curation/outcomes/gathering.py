"""Every kind of evidence in turn, then the checks that all of it must pass."""

from collections import Counter
from collections.abc import Callable, Sequence

from brandtune.core.records import Record
from brandtune.core.tasks import CampaignCopy, SocialPost, SupportReply
from brandtune.curation.context import Context
from brandtune.curation.outcomes.ab_tests import ab_tests
from brandtune.curation.outcomes.checks import checked
from brandtune.curation.outcomes.config import Use
from brandtune.curation.outcomes.made import Made
from brandtune.curation.outcomes.people_said import comparisons, edits, ratings
from brandtune.curation.outcomes.satisfaction import satisfaction
from brandtune.curation.results import OutcomesReport

FUNCTIONS: dict[Use, Callable[[Sequence[Record], Context], Made]] = {
    "ab_tests": ab_tests, "satisfaction": satisfaction, "edits": edits, "comparisons": comparisons, "ratings": ratings,
}  # fmt: skip
OWN_KINDS: dict[Use, str] = {"edits": "Edit", "comparisons": "Comparison", "ratings": "Rating"}


def wanted_kinds(context: Context) -> frozenset[str]:
    """Kinds of record that evidence is read from."""
    use = context.config.outcomes.use
    kinds = {kind for name, kind in OWN_KINDS.items() if name in use}
    readers = {CampaignCopy: ("ab_tests", "CampaignVariant"), SocialPost: ("ab_tests", "SocialPost"),
               SupportReply: ("satisfaction", "Conversation")}  # fmt: skip
    for task in context.tasks:
        for reader, (name, kind) in readers.items():
            if isinstance(task, reader) and name in use:
                kinds.add(kind)
    return frozenset(kinds)


def gather(records: Sequence[Record], context: Context) -> Made:
    """Preferences and rated answers of all kinds of evidence in use.

    Args:
        records: After the record steps, with the conversations that went badly: they are evidence too.
    """
    use = context.config.outcomes.use
    return checked(
        Made().add(function(records, context) for name, function in FUNCTIONS.items() if name in use), context
    )


def report(made: Made) -> OutcomesReport:
    """The numbers of it."""
    rated = Counter(f"{one.evidence}: {'good' if one.good else 'bad'}" for one in made.rated)
    reasons = Counter(f"{row.step}: {row.reason}" for row in made.dropped) + made.left_out
    return OutcomesReport(
        preferences=dict(Counter(pair.evidence for pair in made.preferences)),
        rated=dict(rated),
        left_out=dict(reasons.most_common()),
    )
