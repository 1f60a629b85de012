"""How much a text is worded like the rest of the brand's own texts: a robust outlier score, without any model.

Two views of each text are compared with the distribution of the same view over all texts of the task: the surprise of
its words (cross-entropy under the words of all *other* texts, in bits a word) and its shape (lengths, punctuation,
capitals, digits). Distances are robust standard deviations: (value - median) / (1.4826 * median absolute deviation).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from brandtune.core.placeholders import PATTERN as MARK

Array = np.ndarray[Any, np.dtype[np.float64]]
MIN_TEXTS, MAX_CHARS = 50, 6000
_TOKEN = re.compile(r"\w+|[^\w\s]")
_SCALE = 1.4826
# Below these spreads a difference is not worth a word: bits a word, then the shape's own units.
_FLOORS = np.array([0.35, 0.35, 0.25, 0.25, 0.03, 0.03, 0.03, 0.03])


def oddness(texts: Sequence[str]) -> Array:
    """For each text how far from the others it is, in robust standard deviations; 0 is the middle.

    Fewer than 50 texts have no distribution to speak of: all are 0.
    """
    if len(texts) < MIN_TEXTS:
        return np.zeros(len(texts))
    tokens = [_TOKEN.findall(MARK.sub("¤", text[:MAX_CHARS]).lower()) for text in texts]
    views = np.column_stack([_surprise(tokens), [_shape(text[:MAX_CHARS]) for text in texts]])
    middle = np.median(views, axis=0)
    spread = np.maximum(_SCALE * np.median(np.abs(views - middle), axis=0), _FLOORS)
    distances = (views - middle) / spread
    surprise = np.maximum(distances[:, 0], 0.0)
    shape = np.sqrt(np.mean(np.square(distances[:, 1:]), axis=1))
    return np.asarray(np.maximum(surprise, shape))


def _surprise(tokens: Sequence[Sequence[str]]) -> list[float]:
    """Bits a word under the add-one unigram of all other texts; a text without words is not surprising."""
    counts = Counter(word for words in tokens for word in words)
    total, kinds = counts.total(), len(counts)
    found = []
    for words in tokens:
        own = Counter(words)
        left = total - len(words) + kinds + 1
        bits = sum(times * math.log2(left / (counts[word] - times + 1)) for word, times in own.items())
        found.append(bits / len(words) if words else 0.0)
    return found


def _shape(text: str) -> list[float]:
    """Log length, log words a sentence, letters a word, and the shares of digits, capitals, `!` and other signs."""
    words = re.findall(r"\w+", text)
    size, num = max(1, len(text)), max(1, len(words))
    ends = max(1, len(re.findall(r"[.!?…]+", text)))
    signs = sum(not (char.isalnum() or char.isspace()) for char in text)
    return [
        math.log(size),
        math.log(num / ends),
        math.log(max(1, sum(map(len, words))) / num),
        sum(map(str.isdigit, text)) / size,
        sum(map(str.isupper, text)) / size,
        text.count("!") / ends,
        signs / size,
    ]
