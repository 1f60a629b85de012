"""The bundled name model in numpy: words to tags. Trained by `starter/names/train.py`; nothing is downloaded.

Shapes: n words, e embedding, h hidden, t tags. Each text is laid between gaps of zeros, so texts do not see each other.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import chain

import msgspec
import numpy as np
import numpy.typing as npt

from brandtune.scoring.personal.words import feature_rows, words_and_starts

Array = npt.NDArray[np.float32]
_GAP = 5  # as far as the network sees
_WORDS_TOGETHER = 1_536  # what fits into a core's cache
_REMEMBERED = 20_000


class Tagged(msgspec.Struct, frozen=True, gc=False):
    """A run of words with one tag; `margin` is its weakest word's lead over "nothing", in log odds."""

    start: int
    end: int
    tag: str
    margin: float


class NameModel:
    """Tags every word of texts. Safe to share; remembers the vectors of words that it has seen."""

    def __init__(self, weights: dict[str, npt.NDArray[np.generic]]) -> None:
        def real(name: str) -> Array:
            return np.ascontiguousarray(weights[name], dtype=np.float32)

        self.tags = tuple(str(tag) for tag in weights["tags"])
        self._table = weights["table"].astype(np.float32) * real("scale")[:, None]  # [rows, e]
        self._table[0] = 0.0
        self._first_width = len(weights["first_weight"])
        self._first, self._second, self._third = (
            _side_by_side(real(f"{name}_weight")) for name in ("first", "second", "third")
        )  # [e, 5 h], [h, 3 h], [h, 3 h], the last two words apart
        self._biases = real("first_bias"), real("second_bias"), real("third_bias")
        self._out, self._out_bias = real("tags_weight"), real("tags_bias")
        self._forget()

    def _forget(self) -> None:
        self._numbers: dict[str, int] = {"": 0}
        room = _REMEMBERED + 2 * _WORDS_TOGETHER  # memory that is not written to is not taken
        self._seen = np.zeros((room, self._first.shape[1]), np.float32)  # [words, 5 h]; row 0 is a gap

    def tag(self, texts: Sequence[str], *, threshold: float = 0.0) -> list[list[Tagged]]:
        """Runs of tagged words in each text.

        Args:
            threshold: How far a tag must lead over "nothing", in log odds; below 0 finds more and errs more.
        """
        places = [words_and_starts(text) for text in texts]
        found: list[list[Tagged]] = [[] for _ in texts]
        group: list[tuple[int, int, int]] = []  # text, first word, last word
        size = 0
        for index, (words, _) in enumerate(places):
            for start in range(0, len(words), _WORDS_TOGETHER):
                end = min(len(words), start + _WORDS_TOGETHER)
                group.append((index, start, end))
                size += end - start
                if size >= _WORDS_TOGETHER:
                    self._tag_group(places, group, found, threshold)
                    group, size = [], 0
        if group:
            self._tag_group(places, group, found, threshold)
        return found

    def _tag_group(
        self,
        places: list[tuple[list[str], list[int]]],
        group: list[tuple[int, int, int]],
        found: list[list[Tagged]],
        threshold: float,
    ) -> None:
        if len(self._numbers) > _REMEMBERED:
            self._forget()
        words = [places[text][0][start:end] for text, start, end in group]
        self._learn({word for some in words for word in some if word not in self._numbers})
        gap, known = [0] * _GAP, self._numbers
        numbers, offsets = list(gap), []
        for some in words:
            offsets.append(len(numbers))
            numbers += [known[word] for word in some]
            numbers += gap
        ids = np.array(numbers)
        scores = self._scores(ids)
        lead = scores[:, 1:] - scores[:, :1]
        best = lead.argmax(1)
        margins = lead[np.arange(len(best)), best]
        chosen = np.where((margins > threshold) & (ids > 0), best + 1, 0)  # a gap has no tag
        piece = 0
        for start, end, tag, margin in _runs(chosen, margins):
            while piece + 1 < len(offsets) and start >= offsets[piece + 1]:
                piece += 1
            text, first, _ = group[piece]
            (some, begins), shift = places[text], first - offsets[piece]
            begin, stop = begins[start + shift], begins[end - 1 + shift] + len(some[end - 1 + shift])
            found[text].append(Tagged(begin, stop, self.tags[tag], margin))

    def _learn(self, new: set[str]) -> None:
        """Work out what each new word gives to the words around it: the first convolution, before it is summed."""
        words = sorted(new)
        start = len(self._numbers)
        for at in range(0, len(words), 512):
            some = words[at : at + 512]
            rows = [feature_rows(word) for word in some]
            starts = np.cumsum([0, *map(len, rows[:-1])])
            vectors = np.add.reduceat(self._table[np.fromiter(chain.from_iterable(rows), np.int64)], starts, axis=0)
            self._seen[start + at : start + at + len(some)] = vectors @ self._first
        self._numbers.update((word, start + index) for index, word in enumerate(words))

    def _scores(self, numbers: npt.NDArray[np.int_]) -> Array:
        """Tag scores [n, t] of word numbers [n]; 0 is a gap."""
        parts = self._seen[numbers].reshape(len(numbers), self._first_width, -1)  # [n, 5, h]
        one = _positive(_shifted_sum(parts, apart=1), self._biases[0])
        two = _positive(_convolved(one, self._second, apart=1), self._biases[1])
        two += one
        three = _positive(_convolved(two, self._third, apart=2), self._biases[2])
        three += two
        scores: Array = three @ self._out + self._out_bias
        return scores


def _runs(chosen: npt.NDArray[np.int_], margins: Array) -> Iterable[tuple[int, int, int, float]]:
    """First word, end, tag and weakest margin of each run of one tag other than 0."""
    ends = np.flatnonzero(np.diff(chosen, append=0)) + 1
    if not len(ends):
        return ()
    starts = np.concatenate([[0], ends[:-1]])
    tagged = chosen[starts] > 0
    weakest = np.minimum.reduceat(margins, starts)[tagged]
    return zip(
        *(part.tolist() for part in (starts[tagged], ends[tagged], chosen[starts][tagged], weakest)), strict=True
    )


def _side_by_side(weight: Array) -> Array:
    """[width, in, out] to [in, width * out]."""
    return np.ascontiguousarray(weight.transpose(1, 0, 2).reshape(weight.shape[1], -1))


def _positive(hidden: Array, bias: Array) -> Array:
    hidden += bias
    return np.maximum(hidden, 0.0, out=hidden)


def _convolved(hidden: Array, weight: Array, *, apart: int) -> Array:
    """`weight` is laid out as [h, width * h], so that one product serves all offsets."""
    size_h = hidden.shape[1]
    return _shifted_sum((hidden @ weight).reshape(len(hidden), -1, size_h), apart=apart)


def _shifted_sum(parts: Array, *, apart: int) -> Array:
    """Sum over k of parts[i + (k - middle) * apart, k]; what lies outside is zero."""
    size_n, width, _ = parts.shape
    total = parts[:, width // 2].copy()
    for k in range(width):
        shift = (k - width // 2) * apart
        if shift > 0:
            total[: max(size_n - shift, 0)] += parts[shift:, k]
        elif shift < 0:
            total[-shift:] += parts[: max(size_n + shift, 0), k]
    return total


@cache
def bundled_names() -> NameModel:
    """The model in the package; loaded once."""
    with (files("brandtune.scoring.personal") / "names.npz").open("rb") as file, np.load(file) as weights:
        return NameModel({name: weights[name] for name in weights.files})
