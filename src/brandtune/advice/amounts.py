"""Every amount that a return is worked out from, with its range and where it comes from. Read `costing` next."""

from brandtune.advice.config import REPLACEABLE, CostConfig, FactsFile, Source
from brandtune.advice.results import Input

# How far a default may be off, against what people gave themselves.
ASSUMED_SPREAD = 0.5
TITLES = {
    "pieces_per_month": ("Texts a month", "texts"),
    "editor_hour": ("An editor's hour", "money"),
    "minutes_per_piece": ("Minutes for a text without a draft", "minutes"),
    "minutes_to_check": ("Minutes to check a draft", "minutes"),
    "escalation_cost": ("An escalation", "money"),
    "escalation_share": ("Unusable drafts that escalate", "share"),
    "input_tokens_million": ("A million prompt tokens", "money"),
    "output_tokens_million": ("A million reply tokens", "money"),
    "data_preparation": ("Data preparation, once", "money"),
    "training": ("Each training", "money"),
    "trainings_per_year": ("Trainings a year", "times"),
    "maintenance_month": ("Maintenance a month", "money"),
    "hosting_month": ("Hosting a month", "money"),
}


def inputs(costs: CostConfig, facts: FactsFile | None = None) -> tuple[Input, ...]:
    """Every amount with its range and where it comes from; facts win over what was given, that over defaults."""
    found = []
    for name, (title, unit) in TITLES.items():
        fact = getattr(facts, name) if facts is not None and name in REPLACEABLE else None
        source: Source = "given" if name in costs.model_fields_set else "assumed"
        source = "fact" if fact is not None else source
        value = float(getattr(costs, name) if fact is None else fact)
        spread = {"fact": 0.0, "given": costs.uncertainty}.get(source, max(ASSUMED_SPREAD, costs.uncertainty))
        high = value * (1 + spread)
        high = min(high, 1.0) if unit == "share" else high
        found.append(
            Input(name=name, title=title, value=value, low=value * (1 - spread), high=high, unit=unit, source=source)
        )
    return tuple(found)
