"""Reports of invented evaluations with chosen outcomes, for advice, exports and comparisons."""

import numpy as np

from brandtune.evaluation import statistics
from brandtune.evaluation.results import ArmFacts, Cell, Estimate, Gate, Metric, Report, ScoredExample
from brandtune.evaluation.verdict import decide, primary_gate

TITLES = {
    "base": "Base model", "prompt": "Prompted", "few_shot": "Few-shot", "rag": "RAG", "tuned": "Fine-tuned",
    "tuned_rag": "Fine-tuned + RAG",
}  # fmt: skip
ON_BRAND = Metric(name="on_brand", title="On-brand", description="Passes the rules.")


def around(value: float, *, n: int) -> Estimate:
    return Estimate(value=value, low=value - 0.05, high=value + 0.05, n=n)


def measured_report(
    *, n: int = 120, baseline: str = "prompt", gates: tuple[Gate, ...] = (), seed: int = 1, human: float = 0.95,
    **shares: float,
) -> Report:  # fmt: skip
    """Arms with these shares of on-brand drafts (rounded to whole examples), each customer with one example."""
    rng = np.random.default_rng(seed)
    columns = {
        arm: rng.permutation([1.0] * round(share * n) + [0.0] * (n - round(share * n)))
        for arm, share in {**shares, "human": human}.items()
    }
    customers = [f"c{number}" for number in range(n)]
    contrasts = [
        statistics.compare("on_brand", ("tuned", list(columns["tuned"])), (arm, list(columns[arm])),
                           clusters=customers, resamples=400, seed=0)
        for arm in [baseline, *(arm for arm in shares if arm not in (baseline, "tuned"))]
    ]  # fmt: skip
    verdict = decide(contrasts[0], title="On-brand", arm="Fine-tuned", baseline=TITLES[baseline], worthwhile=0.05)
    examples = tuple(
        ScoredExample(
            example_id=f"e{i}", task="support_reply", customer=customers[i],
            scores={arm: {"on_brand": float(column[i])} for arm, column in columns.items()},
            tokens={arm: (80 if arm == "tuned" else 800, 60) for arm in shares},
        )
        for i in range(n)
    )  # fmt: skip
    return Report(
        arms=tuple(
            ArmFacts(name=arm, title=TITLES[arm], description="", tuned=arm.startswith("tuned"),
                     mean_prompt_tokens=80.0 if arm == "tuned" else 800.0, mean_reply_tokens=60.0)
            for arm in shares
        ),
        metrics=(ON_BRAND,),
        cells=tuple(
            Cell(arm=arm, metric="on_brand", task="all", estimate=around(float(column.mean()), n=n))
            for arm, column in columns.items()
        ),
        verdict=verdict,
        gates=gates or (primary_gate(verdict),),
        contrasts=tuple(contrasts),
        samples=(),
        tasks=("support_reply",),
        num_test=n,
        num_validation=20,
        num_customers=n,
        examples=examples,
    )  # fmt: skip
