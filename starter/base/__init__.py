"""The recipe of the bundled base model: corpus, tokenizer, pre-training, probes, card. Start with README.md."""
