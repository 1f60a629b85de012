"""Localising: one text becomes the text for another locale, keeping to the glossary."""

import re
from typing import Literal

from brandtune.core.brand import Brand
from brandtune.core.examples import Example
from brandtune.core.ids import content_id
from brandtune.core.records import Record, Translation
from brandtune.core.tasks.base import Task, answered, asked, make_example

_GLOSSARY = "Glossary: "


class Localize(Task):
    """Texts for another locale."""

    kind: Literal["localize"] = "localize"
    """Which task."""
    locales: tuple[str, ...] = ()
    """Learn these target locales only, e.g. `[de-DE]`. Empty takes all."""
    glossary: dict[str, str] = {}
    """Terms that hold for every text, source term to target term; a record's own glossary wins."""
    on_broken_glossary: Literal["drop", "keep"] = "drop"
    """What to do with translations that do not use a term of the glossary."""

    @property
    def metrics(self) -> tuple[str, ...]:
        """Nearness to the translator's text first; the brand's facts are in another language."""
        return (
            "chrf", "glossary_kept", "similarity", "well_formed", "rules_pass", "style", "on_brand", "format_ok",
            "off_limits_ok", "abuse_free", "safe", "revised", "editing_s",
        )  # fmt: skip

    def system_prompt(self, brand: Brand) -> str:
        return self._with_instructions(f"You localise texts of {brand.name}.")

    def examples(self, record: Record, brand: Brand) -> list[Example]:
        text = record.payload
        if not isinstance(text, Translation) or self.why_not(record, brand):
            return []
        terms = self._terms(text)
        head = f"Into {text.target_locale}" + (f", from {text.source_locale}" if text.source_locale else "") + "."
        glossary = _GLOSSARY + "; ".join(f"{one} = {other}" for one, other in terms.items()) if terms else ""
        user = "\n".join(part for part in (head, glossary, f"Text: {text.source.strip()}") if part)
        messages = answered(asked(self.system_prompt(brand), user), text.target.strip())
        groups = (f"source:{content_id(' '.join(text.source.casefold().split()))}",)
        return [make_example(self, record, messages, groups=groups)]

    def why_not(self, record: Record, brand: Brand) -> str:
        text = record.payload
        if not isinstance(text, Translation):
            return ""
        if not text.source.strip() or not text.target.strip():
            return "one side is empty"
        if not text.target_locale.strip():
            return "no target locale"
        if self.locales and text.target_locale not in self.locales:
            return "another locale"
        broken = any(not _has(text.target, term) for term in self._terms(text).values())
        return "does not keep to the glossary" if broken and self.on_broken_glossary == "drop" else ""

    def _terms(self, text: Translation) -> dict[str, str]:
        """The glossary's entries that this text needs."""
        entries = {**self.glossary, **text.glossary}
        return {one: other for one, other in entries.items() if other.strip() and _whole(text.source, one)}


def glossary_of(example: Example) -> dict[str, str]:
    """The terms that an example's prompt asks to keep to, source term to target term.

    >>> from brandtune.core.examples import Message
    >>> turns = (Message(role="user", content="Into de.\\nGlossary: tent = Zelt\\nText: A tent."),)
    >>> glossary_of(Example(example_id="e", task="localize", messages=turns, target=1))
    {'tent': 'Zelt'}
    """
    lines = [line for message in example.prompt if message.role == "user" for line in message.content.splitlines()]
    listed = next((line.removeprefix(_GLOSSARY) for line in lines[:3] if line.startswith(_GLOSSARY)), "")
    pairs = (entry.partition(" = ") for entry in listed.split("; ") if " = " in entry)
    return {one.strip(): other.strip() for one, _, other in pairs}


def _whole(text: str, term: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(term)}(?!\w)", text, re.IGNORECASE) is not None


def _has(text: str, term: str) -> bool:
    """Also as part of a longer word: many languages bend and join terms."""
    return term.casefold() in text.casefold()
