"""The third line of brand voice: outputs beside what people wrote, judged without knowing which is which."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from brandtune.core.errors import DataError
from brandtune.core.examples import Example
from brandtune.core.tasks import Task
from brandtune.evaluation.judges.config import JudgeConfig
from brandtune.evaluation.judges.labels import BlindVote, blind_votes, comparisons
from brandtune.evaluation.judges.pairwise import Judge, Pair, Vote, compare, judge_agreement, tally
from brandtune.evaluation.judges.people import people_line
from brandtune.evaluation.results import Output, PairwiseLine
from brandtune.models.loading import Model
from brandtune.models.prompts import last_question


def make_judge(config: JudgeConfig, *, voice: str, load: Callable[[str], Model]) -> Judge:
    """The judge that the configuration names.

    Args:
        load: Loads a local model by its reference.

    Raises:
        ConfigError: The endpoint's key is missing, or the model cannot tell the labels apart.
    """
    if config.kind == "endpoint":
        from brandtune.evaluation.judges.endpoint import EndpointJudge

        return EndpointJudge(config, voice=voice)
    from brandtune.evaluation.judges.local import LabelTokenJudge

    return LabelTokenJudge(load(config.model), voice=voice)


def judged_lines(
    judge: Judge,
    outputs: Mapping[str, Sequence[Output]],
    *,
    examples: Sequence[Example],
    clusters: Sequence[str],
    tasks: Mapping[str, Task],
    config: JudgeConfig,
    base_dir: Path = Path(),
) -> tuple[dict[str, PairwiseLine], list[str]]:
    """Each arm against what people wrote, by a judge that is itself judged first; and notes on it."""
    labels = comparisons(base_dir / config.labels) if config.labels else []
    asked = compare(judge, [pair for pair, _ in labels])
    agreement = judge_agreement(asked, [side for _, side in labels])
    enough = len(labels) >= config.fewest_labels
    trusted = enough and agreement is not None and agreement >= config.bar
    lines: dict[str, PairwiseLine] = {}
    own = [index for index, example in enumerate(examples) if tasks[example.task].output == "text"][: config.max_pairs]
    for arm, rows in outputs.items():
        answered = [index for index in own if not rows[index].failed]
        kept = [index for index in answered if rows[index].text.strip()]
        votes = compare(judge, [_pair(examples[index], rows[index].text) for index in kept])
        asked += votes
        # Nothing written is no text to prefer: people's copy wins without asking.
        preferred = [vote.preferred for vote in votes] + ["second"] * (len(answered) - len(kept))
        order = [*kept, *(index for index in answered if index not in set(kept))]
        line = tally(
            preferred,
            clusters=[clusters[index] for index in order],
            judge=judge.name,
            votes=votes,
            agreement=agreement if enough else None,
            num_labels=len(labels),
            trusted=trusted,
        )
        if line is not None:
            said = zip(order, preferred, strict=True)
            verdicts = {examples[index].example_id: side for index, side in said if side is not None}
            lines[arm] = msgspec.structs.replace(line, verdicts=verdicts)
    return lines, [_note(judge.name, agreement, len(labels), config), *_failures(judge, asked)]


def _failures(judge: Judge, votes: Sequence[Vote]) -> list[str]:
    """What the judge gave no verdict on, with the reasons that it has; nothing where it always did."""
    num = sum(vote.failed for vote in votes)
    if not num:
        return []
    reasons = ", ".join(f"{why}: {count}" for why, count in judge.failures.items())
    return [
        f"The judge {judge.name} gave no usable verdict on {num} of {len(votes)} comparisons"
        f"{f' ({reasons} requests)' if reasons else ''}. They count as failed, never as lost."
    ]


def _pair(example: Example, text: str) -> Pair:
    return Pair(question=last_question(example.prompt), first=text, second=example.reference)


def _note(name: str, agreement: float | None, num: int, config: JudgeConfig) -> str:
    if num < config.fewest_labels or agreement is None:
        return (
            f"The judge {name} is not trusted: {num} comparisons by people are not the {config.fewest_labels} by which it "
            "would be judged. Read its line as a hint."
        )
    word = "clears" if agreement >= config.bar else "does not clear"
    return (
        f"The judge {name} agrees with {num} comparisons by people at kappa {agreement:.2f}, which {word} {config.bar}."
    )


def people_lines(
    path: Path,
    *,
    examples: Sequence[Example],
    clusters: Sequence[str],
    arms: Sequence[str],
    judged: Mapping[str, PairwiseLine] | None = None,
) -> dict[str, PairwiseLine]:
    """Each arm against what people wrote, by people's blind votes.

    Args:
        judged: Arm to what a judge made of it, to say how far it agrees with people.

    Raises:
        DataError: A vote names an arm or an example that was not compared.
    """
    customers = {example.example_id: customer for example, customer in zip(examples, clusters, strict=True)}
    votes: dict[str, list[BlindVote]] = {}
    for vote in blind_votes(path):
        if vote.arm not in arms or vote.example_id not in customers:
            known = f"arm {vote.arm}" if vote.arm not in arms else f"example {vote.example_id}"
            raise DataError(
                f"a vote is about {known}, which is not in this evaluation.",
                where=str(path),
                fix="Collect the votes on this run's outputs, or leave evaluation.votes out.",
            )
        votes.setdefault(vote.arm, []).append(vote)
    found = {}
    for arm, own in votes.items():
        line = people_line(own, clusters=customers, judged=(judged or {}).get(arm))
        if line is not None:
            found[arm] = line
    return found
