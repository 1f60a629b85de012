"""Only the languages that the model is meant to speak, told by their commonest words."""

import re
from collections import Counter
from collections.abc import Sequence

from pydantic import Field

from brandtune.core.config import Config
from brandtune.core.examples import Dropped, Example
from brandtune.curation.context import Context
from brandtune.curation.results import StepResult
from brandtune.curation.texts import spoken

STEP = "language"
MIN_WORDS, MIN_SHARE, MIN_LEAD, MIN_TOLD = 12, 0.12, 1.5, 50
COMMON = {
    "en": "the and to of a in is it you that for on my with i was have this are your we not be but can",
    "de": "der die das und ist ich nicht zu den mit ein eine es sie auf für wir haben von dem im auch mein sich",
    "fr": "le la les et de des je est un une pas que pour vous nous dans mon avec il ce sur qui ne au",
    "es": "el la los las y de que en un una no es mi para con por se lo su me más como pero hola",
    "it": "il la e di che un una non è per con mi ho del sono della i le si ma più grazie questo",
    "pt": "o a os as e de que um uma não é para com do da meu minha por se em mais como mas obrigado",
    "nl": "de het een en ik van is niet dat op te voor met zijn mijn maar ook heb die aan er wel nog",
}
_WORDS = {language: frozenset(words.split()) for language, words in COMMON.items()}
_TOKEN = re.compile(r"[^\W\d_]+")


class LanguageConfig(Config):
    """Which languages are kept."""

    keep: tuple[str, ...] | None = None
    """ISO codes among en, de, fr, es, it, pt, nl; texts too short to tell are kept. None keeps the main ones."""
    min_share: float = Field(default=0.05, ge=0.0, le=1.0)
    """A language is a main one when at least this share of the texts that can be told are in it."""


def language(examples: Sequence[Example], context: Context) -> StepResult[Example]:
    """Drop examples whose turns are clearly in another language than the ones to keep."""
    settings = context.config.language
    told = [language_of(spoken(example)) for example in examples]
    keep = main_languages(told, min_share=settings.min_share) if settings.keep is None else settings.keep
    kept: list[Example] = []
    dropped: list[Dropped] = []
    for example, found in zip(examples, told, strict=True):
        if found and found not in keep:
            dropped.append(context.drop_example(example, step=STEP, reason="other language", detail=found))
        else:
            kept.append(example)
    return StepResult(kept, dropped)


def main_languages(told: Sequence[str], *, min_share: float) -> frozenset[str]:
    """Languages with at least `min_share` of the texts that can be told; all of them where fewer than 50 can."""
    counts = Counter(language for language in told if language)
    few = counts.total() < MIN_TOLD
    return frozenset(name for name, count in counts.items() if few or count >= min_share * counts.total())


def language_of(text: str) -> str:
    """The language of a text of some length, empty when it cannot be told.

    >>> language_of("I have not had the parcel yet and it is the second time that this was late for my trip")
    'en'
    """
    words = [word.lower() for word in _TOKEN.findall(text[:5000])]
    if len(words) < MIN_WORDS:
        return ""
    ranked = sorted(((sum(word in known for word in words), name) for name, known in _WORDS.items()), reverse=True)
    (best, name), (second, _) = ranked[0], ranked[1]
    return name if best >= MIN_SHARE * len(words) and best >= MIN_LEAD * second else ""
