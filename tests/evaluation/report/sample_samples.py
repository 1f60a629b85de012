"""Twelve held-out examples with what six arms wrote: long, empty, right-to-left, hostile, with every kind of score."""

import random
from collections.abc import Iterator

from sample_texts import BAD, GOOD, HOSTILE, MESSAGES, SUBJECTS

from brandtune.core.examples import Message
from brandtune.evaluation.results import ArmFacts, Finding, Output, Sample

GOOD_SHARES = {"base": 0.07, "prompt": 0.4, "few_shot": 0.5, "rag": 0.4, "tuned": 0.75, "tuned_rag": 0.75}


def _found(text: str) -> tuple[Finding, ...]:
    rules = (
        ("Greeting", "Open with “Hi” and the first name.", "Dear valued customer"),
        ("OfficePhrases", "Say what you mean: leave out “valued customer”.", "valued customer"),
        ("Exclamation", "No exclamation marks.", "!"),
        ("Apology", "Be sorry for the thing that happened.", "We apologize for any inconvenience"),
        ("Facts", "The Trail Promise runs 5 years, not 10.", "10 years"),
        ("Names", "Say “Trail Promise”.", "warranty"),
        ("Kindly", "Leave out “kindly”.", "Kindly"),
        ("Capitals", "No words in capitals.", "UNBEATABLE"),
    )
    return tuple(
        Finding(rule=rule, message=message, start=text.index(words), end=text.index(words) + len(words))
        for rule, message, words in rules
        if words in text
    )


def _output(arm: ArmFacts, *, task: str, index: int) -> Output:
    draw = random.Random(f"{arm.name}/{index}").random()
    good = draw < GOOD_SHARES[arm.name]
    if task == "campaign_copy":
        text = SUBJECTS[0 if good else 1]
    else:
        text = GOOD if good else BAD
    if index == 4 and arm.name in ("base", "tuned"):
        text = HOSTILE
    if index == 6 and arm.name == "base":
        text = "I cannot stop writing. " * 140
    if index == 11 and arm.name == "base":
        text = ""
    findings = _found(text)
    if not text:
        findings = (Finding(rule="Format", message="The text is empty."),)
    scores: dict[str, float | None] = {
        "on_brand": float(not findings),
        "well_formed": float(good),
        "rules_pass": float(not findings),
        "facts_ok": None if task == "campaign_copy" else float("10 years" not in text),
        "style": round(0.2 + 0.6 * draw, 3),
    }
    return Output(arm=arm.name, text=text, scores={"on_brand": None} if index == 10 else scores, findings=findings)


def samples(arms: tuple[ArmFacts, ...]) -> Iterator[Sample]:
    for index, message in enumerate(MESSAGES):
        task = "campaign_copy" if "subject line" in message else "support_reply"
        task = "product_description" if message.startswith("Describe") else task
        system = Message(role="system", content="You write for Larkspur Outdoor. Answer the customer in our voice.")
        earlier = (
            Message(role="user", content="Hello? Anyone there?"),
            Message(role="assistant", content="Hi [CUSTOMER_NAME],\n\nWe're here. What happened?"),
        )
        prompt = (system, *(earlier if index in (0, 3) else ()), Message(role="user", content=message))
        yield Sample(
            example_id=f"ex_{index:02d}8f3a91c0",
            task=task,
            prompt=prompt,
            reference=SUBJECTS[2] if task == "campaign_copy" else GOOD,
            outputs=tuple(_output(arm, task=task, index=index) for arm in arms),
        )
