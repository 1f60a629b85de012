"""One curation step a file; each is a function `(rows, context) -> StepResult`. The order is in `curation.order`."""
