"""The words of the report, explained once for readers who are not statisticians."""

TERMS: dict[str, tuple[str, str]] = {
    "arm": (
        "Arm",
        "One way of using a model: which weights, with which prompt. All arms answer the same held-out examples.",
    ),
    "tuned": (
        "Tuned",
        "The model was trained on the company's own examples. The other arms only differ in their prompt.",
    ),
    "held-out": ("Held-out examples", "Examples of customers whose records the model never saw in training."),
    "interval": (
        "95\N{NO-BREAK SPACE}% interval",
        "The range of values that fits the data. Where it is wide, the data is thin.",
    ),
    "difference": ("Difference", "How much better or worse, on the same examples. Shares differ in percentage points."),
    "p-value": (
        "p-value",
        "How often a difference at least this large would show up if the two arms were equally good.",
    ),
    "corrected": (
        "p-value, corrected",
        "Who looks at many comparisons finds a few small p-values by chance. Holm's correction allows for that.",
    ),
    "detectable": (
        "Minimum detectable difference",
        "The smallest true difference that a test set of this size finds four times out of five.",
    ),
    "discordant": (
        "Only one right",
        "Examples that only the first arm got right, and examples that only the second did. The others decide nothing.",
    ),
    "cluster": (
        "Independent of each other",
        "Clusters: examples of one customer are alike and count as one of these; an example about nobody is one by itself.",
    ),
    "gate": ("Gate", "A condition for release, fixed before the run. One failed gate stops the release."),
    "loss": ("Loss", "How surprised the model is by the text that people really wrote, in nats per token."),
    "few-shot": ("Few-shot", "A prompt that shows the model some finished examples before it asks."),
    "rag": ("RAG", "The prompt carries passages that were looked up in the company's documents for this question."),
}
