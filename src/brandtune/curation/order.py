"""The order of the steps. Consent comes first, so that nobody's text is touched who did not agree."""

RECORD_STEPS = ("consent", "retention", "repair", "clean", "outcome", "personal_data")
EXAMPLE_STEPS = (
    "length", "language", "personal_data_check", "rules", "facts", "contradictions", "exact_duplicates",
    "near_duplicates", "per_customer", "max_examples",
)  # fmt: skip
ALL_STEPS = (*RECORD_STEPS, *EXAMPLE_STEPS)
OFF_BY_DEFAULT = frozenset({"language"})
DEFAULT_STEPS = tuple(name for name in ALL_STEPS if name not in OFF_BY_DEFAULT)
