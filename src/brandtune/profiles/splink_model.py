"""The matching model behind `propose`, on Splink and DuckDB: which traits count, how much, and the weights in words."""

import logging
import math
import warnings
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from brandtune.core.errors import MissingPartError
from brandtune.profiles.proposals import COLUMNS

EXPECTED_DOUBLES = 0.02
"""Share of people that have another entry after deterministic linking; sets how likely two at random are one."""
MIN_KNOWN = 10
"""People who must have a trait before it counts; how often it agrees by chance cannot be measured on fewer."""
MAX_PAIRS = 5e6
"""Pairs on which agreement by chance is measured."""
# How often a trait agrees for one person who is known twice. Splink can learn these from matches, but after linking
# there are too few left to learn from; agreement among different people is measured on the data.
AGREE: dict[str, tuple[float, float]] = {  # exactly the same, much alike
    "first_name": (0.80, 0.12),
    "last_name": (0.88, 0.06),
    "email": (0.30, 0.30),
    "phone": (0.55, 0.10),
    "birthday": (0.90, 0.05),
    "street": (0.65, 0.10),
    "postal_code": (0.75, 0.05),
    "city": (0.80, 0.05),
    "company": (0.70, 0.10),
}
ALIKE = {"phone": "levenshtein", "birthday": "levenshtein", "postal_code": "levenshtein"}
WORDS = {column: column.replace("_", " ") for column in COLUMNS} | {"email": "e-mail name"}


class ScoredPair(NamedTuple):
    """Two subject ids, the probability that they are one, and what weighed how much, in words."""

    one: str
    other: str
    probability: float
    reasons: tuple[str, ...]


def scored_pairs(rows: Sequence[dict[str, str | None]], *, threshold: float, seed: int) -> Iterator[ScoredPair]:
    """Every pair at or above the threshold among those that share enough to be compared.

    Raises:
        MissingPartError: Splink is not installed.
    """
    columns = [column for column in COLUMNS if sum(row[column] is not None for row in rows) >= MIN_KNOWN]
    linker = _linker(rows, columns=columns)
    if linker is None:
        return
    linker.training.estimate_u_using_random_sampling(max_pairs=MAX_PAIRS, seed=seed, min_count_per_level=None)
    found = linker.inference.predict(threshold_match_probability=threshold, warning_mode="never")
    for row in found.as_record_list():
        probability = float(row["match_probability"])
        reasons = _reasons(row, columns=columns, num_people=len(rows))
        yield ScoredPair(str(row["subject_id_l"]), str(row["subject_id_r"]), probability, reasons)


def _linker(rows: Sequence[dict[str, str | None]], *, columns: list[str]) -> Any:
    """Splink over these rows; None when they have nothing in common to be compared by."""
    try:
        import splink
        from splink.backends.duckdb import DuckDBAPI
    except ImportError:
        raise MissingPartError(
            "proposing pairs of people needs Splink, which is not installed.",
            where="identity.review_threshold",
            fix="Install it with: pip install 'brandtune[link]', or remove the setting.",
        ) from None
    import pyarrow as pa

    blocking: list[Any] = [
        splink.block_on(*rule) for rule in _BLOCKING if all(_column(part) in columns for part in rule)
    ]
    if not blocking:
        return None
    logging.getLogger("splink").setLevel(logging.ERROR)
    table = pa.table({name: [row[name] for row in rows] for name in ["subject_id", *columns]})
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="subject_id",
        comparisons=[_comparison(column) for column in columns],
        blocking_rules_to_generate_predictions=blocking,
        probability_two_random_records_match=_prior(len(rows)),
        retain_matching_columns=True,
        retain_intermediate_calculation_columns=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return splink.Linker(DuckDBAPI().register(table), settings, log_level=logging.ERROR)


# Only pairs that agree on one of these are compared; all pairs would be too many.
_BLOCKING = (
    ("last_name", "substr(first_name, 1, 1)"),
    ("email",),
    ("phone",),
    ("first_name", "postal_code"),
    ("first_name", "birthday"),
    ("last_name", "street"),
)


def _column(part: str) -> str:
    return "first_name" if part.startswith("substr") else part


def _comparison(column: str) -> dict[str, Any]:
    exact, alike = AGREE[column]
    left, right = f'"{column}_l"', f'"{column}_r"'
    close = (
        f"levenshtein({left}, {right}) <= 1"
        if ALIKE.get(column) == "levenshtein"
        else f"jaro_winkler_similarity({left}, {right}) >= 0.9"
    )
    same: dict[str, Any] = {"sql_condition": f"{left} = {right}", "label_for_charts": "the same"}
    if column in ("first_name", "last_name", "city", "email"):
        same |= {"tf_adjustment_column": column, "tf_adjustment_weight": 1.0}
    levels = [
        {"sql_condition": f"{left} IS NULL OR {right} IS NULL", "label_for_charts": "unknown", "is_null_level": True},
        same | {"m_probability": exact, "fix_m_probability": True},
        {"sql_condition": close, "label_for_charts": "alike", "m_probability": alike, "fix_m_probability": True},
        {"sql_condition": "ELSE", "label_for_charts": "different", "m_probability": 1 - exact - alike,
         "fix_m_probability": True},
    ]  # fmt: skip
    return {"output_column_name": column, "comparison_levels": levels}


def _prior(num_people: int) -> float:
    """Probability that two people at random are one."""
    return min(0.01, EXPECTED_DOUBLES / num_people)


def _reasons(row: dict[str, Any], *, columns: Sequence[str], num_people: int) -> tuple[str, ...]:
    """The weights behind a score, in words: what it starts from, then each trait, the weightiest first."""
    levels = {2: "the same", 1: "alike", 0: "different"}
    parts: list[tuple[float, str]] = []
    for column in columns:
        level = levels.get(int(row[f"gamma_{column}"]))
        if level is None:
            continue
        weight = float(row[f"mw_{column}"] or 0.0) + float(row.get(f"mw_tf_adj_{column}") or 0.0)
        parts.append((weight, f"{WORDS[column]} {level} ({weight:+.1f})"))
    start = math.log2(_prior(num_people) / (1 - _prior(num_people)))
    ordered = [words for _, words in sorted(parts, key=lambda part: -abs(part[0]))]
    return (f"two of {num_people:,} people at random ({start:+.1f})", *ordered)
