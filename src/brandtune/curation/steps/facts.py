"""Answers whose numbers contradict the company's own facts are left out, with the file that says otherwise."""

from collections.abc import Sequence

from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.scoring.claims import ClaimFinding

STEP = "facts"


def facts(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop text examples in which an assistant turn states a number that the facts contradict, or what they call untrue."""
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example in examples:
        wrong = [] if example.task in context.label_tasks else wrong_claims(example, context)
        if wrong:
            detail = "; ".join(
                dict.fromkeys(f'{claim.fact_path} says otherwise: "{claim.expected}"' for claim in wrong)
            )
            dropped.append(context.drop_example(example, step=STEP, reason="contradicts the facts", detail=detail))
        else:
            kept.append(example)
    return StepResult(kept, dropped)


def wrong_claims(example: Example, context: Context) -> list[ClaimFinding]:
    """Contradicted claims of all assistant turns, each judged in the light of the turns before it."""
    wrong: list[ClaimFinding] = []
    given = [f"{name}: {value}" for name, value in example.facts.items()]
    for message in example.messages:
        if message.role == "user":
            given.append(message.content)
        elif message.role == "assistant":
            wrong += context.wrong_claims(message.content, given="\n".join(given))
    return wrong
