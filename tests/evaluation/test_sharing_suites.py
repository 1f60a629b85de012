"""lm-eval's requests are scored with what they share run once; what does not fit the context is left to lm-eval."""

from pathlib import Path
from typing import Any

import pytest
import tiny_models

from brandtune.evaluation.sharing_suites import sharing
from brandtune.models.continuations import score_continuations
from brandtune.models.loading import load_model


class Hook:
    def __init__(self) -> None:
        self.kept: list[tuple[str, Any, Any]] = []

    def add_partial(self, kind: str, request: Any, answer: Any) -> None:
        self.kept.append((kind, request, answer))


class Plain:
    """What of lm-eval's `HFLM` is used."""

    def __init__(self, model: Any, *, max_length: int) -> None:
        self.model, self.max_length, self.cache_hook = model, max_length, Hook()
        self.left: list[Any] = []

    def _loglikelihood_tokens(self, requests: list[Any], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        self.left += requests
        return [(-99.0, False) for _ in requests]


def test_answers_come_in_order_and_are_told_to_the_cache(tmp_path: Path) -> None:
    network = load_model(str(tiny_models.write_tiny_model(tmp_path)), precision="fp32").network
    wrapped = sharing(Plain)(network, max_length=8)
    requests = [
        (("a", "b"), [11, 12, 13], [14]),
        (("long", "one"), list(range(10, 20)), [5]),
        (None, [11, 12], [15, 16]),
    ]
    found = wrapped._loglikelihood_tokens(requests, disable_tqdm=True)
    alone = score_continuations(network, [([11, 12, 13], [14])]) + score_continuations(network, [([11, 12], [15, 16])])
    assert found[1] == (-99.0, False) and wrapped.left == [requests[1]]
    assert [found[0][0], found[2][0]] == pytest.approx([one.nats for one in alone], abs=1e-4)
    assert wrapped.cache_hook.kept == [("loglikelihood", ("a", "b"), found[0])]
