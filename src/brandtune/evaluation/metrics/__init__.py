"""What is measured: `catalogue` describes every metric, `texts` and `sets` score texts, `labels` scores labels."""
