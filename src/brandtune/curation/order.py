"""The order of the steps. Consent comes first, so that nobody's text is touched who did not agree."""

RECORD_STEPS = ("consent", "retention", "repair", "clean", "macros", "boilerplate", "outcome", "personal_data")
EXAMPLE_STEPS = (
    "length", "language", "personal_data_check", "rules", "facts", "contradictions", "quality", "exact_duplicates",
    "near_duplicates", "per_customer", "balance", "max_examples",
)  # fmt: skip
ALL_STEPS = (*RECORD_STEPS, *EXAMPLE_STEPS)
DEFAULT_STEPS = ALL_STEPS
EXTRA_BEFORE = "exact_duplicates"
"""Steps that other packages bring run before duplicates are looked for."""
