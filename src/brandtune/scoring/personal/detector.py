"""The detector: shapes with check digits, valid phone numbers, addresses, and names by the bundled model.

Curation replaces what it finds; guardrails and evaluation may ask it too. It knows nobody: matching people from the
customer data is `curation.pseudonyms`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from math import exp

from brandtune.scoring.personal.entities import Found, best_without_overlaps
from brandtune.scoring.personal.names import NameModel, Tagged, bundled_names
from brandtune.scoring.personal.shapes import find_shapes
from brandtune.scoring.personal_patterns import DEFAULT_REGIONS, find_phones

_FROM_MODEL = {"CARD": "ID"}
_NEEDS_A_DIGIT = frozenset(("PHONE", "ID", "CARD", "ZIP", "AGE"))
_DIGIT, _LETTER_OR_DIGIT = re.compile(r"\d"), re.compile(r"[^\W_]")
_MODEL_CEILING = 0.65
SENSITIVE = -2.0
"""The threshold with the best F2 on the generated held-out text of `starter/names`: rather too much than too little."""


class Detector:
    """Finds personal data in texts.

    Args:
        regions: Countries whose national phone numbers are recognised.
        names: The model for names and places; None finds shapes only.
        threshold: How far the model must prefer a tag over "nothing", in log odds. Below 0 finds more and errs more.
    """

    def __init__(
        self,
        *,
        regions: tuple[str, ...] = DEFAULT_REGIONS,
        names: NameModel | None = None,
        threshold: float = 0.0,
    ) -> None:
        self._regions, self._names, self._threshold = regions, names, threshold

    def find(self, text: str) -> list[Found]:
        """Personal data in one text, in reading order, without overlaps.

        >>> detector().find("Call Zelda at 212-555-0143")
        [Found(start=5, end=10, entity='PERSON', score=...), Found(start=14, end=26, entity='PHONE', score=...)]
        """
        return self.find_each([text])[0]

    def find_each(self, texts: Sequence[str]) -> list[list[Found]]:
        """The same for many texts at once, which is faster than one by one."""
        tagged: Iterable[list[Tagged]] = (
            self._names.tag(texts, threshold=self._threshold) if self._names else ([] for _ in texts)
        )
        return [self._joined(text, runs) for text, runs in zip(texts, tagged, strict=True)]

    def _joined(self, text: str, runs: list[Tagged]) -> list[Found]:
        found = find_shapes(text)
        found += [
            Found(span.start, span.end, "PHONE", 0.8 if span.value.startswith("+") else 0.5)
            for span in find_phones(text, regions=self._regions)
        ]
        found += [item for run in runs if (item := _of_model(run, text))]
        return best_without_overlaps(found, text) if len(found) > 1 else found


def _of_model(run: Tagged, text: str) -> Found | None:
    written = text[run.start : run.end]
    if not (_DIGIT if run.tag in _NEEDS_A_DIGIT else _LETTER_OR_DIGIT).search(written):
        return None
    score = round(_MODEL_CEILING / (1 + exp(-run.margin)), 3)
    return Found(run.start, run.end, _FROM_MODEL.get(run.tag, run.tag), score)


@cache
def detector(regions: tuple[str, ...] = DEFAULT_REGIONS, threshold: float = 0.0) -> Detector:
    """The detector with the bundled model; loaded once."""
    return Detector(regions=regions, names=bundled_names(), threshold=threshold)
