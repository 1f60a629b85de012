"""The second look: an example that still holds an e-mail address, a card or a phone number is left out."""

from collections.abc import Sequence

from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.personal.surrogates import is_surrogate
from brandtune.curation.results import StepResult
from brandtune.curation.texts import spoken
from brandtune.scoring.personal_patterns import find_leftovers

STEP = "personal_data_check"


def personal_data_check(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop examples with personal data left; the company's own public contacts are fine."""
    if not context.governance.pseudonymize:
        return StepResult(list(examples))
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        left = _left(example, context)
        if left:
            detail = ", ".join(sorted(left))
            dropped.append(
                context.drop_example(example, step=STEP, reason="personal data left", detail=detail, keep_text=False)
            )
        else:
            kept.append(example)
    return StepResult(kept, dropped)


def _left(example: Example, context: Context) -> set[str]:
    text = spoken(example)
    found = find_leftovers(text, regions=context.config.personal_data.regions)
    product_sheet = bool(example.facts)
    return {
        span.type.lower()
        for span in found
        if not context.pseudonyms.is_public(span)
        and not is_surrogate(span.type, text[span.start : span.end])
        and not (product_sheet and span.type == "PHONE")
    }
