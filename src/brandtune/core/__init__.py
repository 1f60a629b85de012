"""Floor 0: the nouns every room shares, the config base, the error tree, storage. Read `records` and `examples` first."""
