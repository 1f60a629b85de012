"""`lm-eval` with what its requests share run once: few-shot headers, and a question's several answers."""

from typing import Any

from brandtune.models.continuations import score_continuations


def sharing(kind: type[Any]) -> type[Any]:
    """A variant of lm-eval's `HFLM` that scores continuations through `score_continuations`.

    Requests longer than the context are left to `kind`, which cuts them from the left.
    """

    class Sharing(kind):  # type: ignore[misc]
        def _loglikelihood_tokens(self, requests: list[Any], *args: Any, **kwargs: Any) -> list[tuple[float, bool]]:
            fitting = [index for index, (_, before, after) in enumerate(requests) if self._fits(before, after)]
            scored = score_continuations(self.model, [(requests[index][1], requests[index][2]) for index in fitting])
            found = {i: (one.nats, one.greedy) for i, one in zip(fitting, scored, strict=True)}
            for index, answer in found.items():
                if requests[index][0] is not None:
                    self.cache_hook.add_partial("loglikelihood", requests[index][0], answer)
            rest = [index for index in range(len(requests)) if index not in found]
            if rest:
                others = super()._loglikelihood_tokens([requests[index] for index in rest], *args, **kwargs)
                found.update(zip(rest, others, strict=True))
            return [found[index] for index in range(len(requests))]

        def _fits(self, before: list[int], after: list[int]) -> bool:
            return bool(before) and bool(after) and len(before) + len(after) <= self.max_length

    return Sharing
