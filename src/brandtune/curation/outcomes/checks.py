"""What no preference or rated answer may carry into training: personal data, off-brand models, wrong facts, doubles."""

from collections import defaultdict
from collections.abc import Sequence

from brandtune.core.examples import Dropped, Message, Preference, Rated
from brandtune.curation.context import Context, cut
from brandtune.curation.outcomes.made import Made
from brandtune.scoring.personal_patterns import find_leftovers

STEP = "outcome_checks"


def checked(made: Made, context: Context) -> Made:
    """Drop what must not be learnt; what should be imitated (the chosen, the good) is held to the brand's rules."""
    preferences: list[Preference] = []
    rated: list[Rated] = []
    dropped: list[Dropped] = []
    both_ways = _contradictory(made.preferences)
    seen: set[tuple[object, ...]] = set()
    for pair in made.preferences:
        key = (pair.task, pair.prompt, pair.chosen, pair.rejected)
        reason, detail = _objection(pair.task, pair.prompt, (pair.chosen, pair.rejected), pair.chosen, context)
        if pair.preference_id in both_ways:
            reason, detail = "contradicts another preference", ""
        reason = reason or ("exact duplicate" if key in seen else "")
        seen.add(key)
        if reason:
            dropped.append(_dropped(pair.preference_id, pair, pair.chosen, reason, detail))
        else:
            preferences.append(pair)
    for one in made.rated:
        rating = (one.task, one.prompt, one.completion, one.good)
        model = one.completion if one.good else ""
        reason, detail = _objection(one.task, one.prompt, (one.completion,), model, context)
        reason = reason or ("exact duplicate" if rating in seen else "")
        seen.add(rating)
        if reason:
            dropped.append(_dropped(one.rated_id, one, one.completion, reason, detail))
        else:
            rated.append(one)
    return Made(preferences, rated, [*made.dropped, *dropped], made.left_out, made.used, made.notes)


def _objection(
    task: str, prompt: tuple[Message, ...], answers: Sequence[str], model: str, context: Context
) -> tuple[str, str]:
    """Why it must not be learnt; `model` is the side to imitate, empty where there is none."""
    active = context.config.active
    texts = [*(message.content for message in prompt if message.role != "system"), *answers]
    total = sum(map(len, texts))
    if "length" in active and total > context.config.length.max_chars:
        return "too long", f"{total} characters, at most {context.config.length.max_chars}"
    if "personal_data_check" in active and context.governance.pseudonymize:
        left = _personal_data("\n".join(texts), context)
        if left:
            return "personal data left", ", ".join(sorted(left))
    if not model or task in context.label_tasks:
        return "", ""
    if "rules" in active:
        broken = [finding.rule for finding in context.rule_findings(model, task=task) if finding.level == "error"]
        if broken:
            return "better side is off-brand", ", ".join(dict.fromkeys(broken))
    if "facts" in active:
        given = "\n".join(message.content for message in prompt if message.role == "user")
        wrong = context.wrong_claims(model, given=given)
        if wrong:
            return "better side contradicts the facts", ", ".join(dict.fromkeys(claim.fact_path for claim in wrong))
    return "", ""


def _personal_data(text: str, context: Context) -> set[str]:
    found = find_leftovers(text, regions=context.config.personal_data.regions)
    return {span.type.lower() for span in found if not context.pseudonyms.is_public(span)}


def _contradictory(preferences: Sequence[Preference]) -> set[str]:
    """Preferences of which another one, on the same prompt, says the opposite."""
    ways: dict[tuple[object, ...], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for pair in preferences:
        ways[pair.task, pair.prompt, frozenset((pair.chosen, pair.rejected))][pair.chosen].append(pair.preference_id)
    return {id_ for chosen in ways.values() if len(chosen) > 1 for ids in chosen.values() for id_ in ids}


def _dropped(id_: str, made: Preference | Rated, text: str, reason: str, detail: str) -> Dropped:
    """Its text is kept for people to look at, but where personal data may be in it."""
    excerpt = "" if reason == "personal data left" else cut(text)
    return Dropped(id=id_, step=STEP, reason=reason, detail=detail, origin=made.origin, excerpt=excerpt)
