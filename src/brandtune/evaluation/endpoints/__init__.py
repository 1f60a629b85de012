"""Any OpenAI-compatible endpoint as an arm. Read `config` for what can be set, `writing` for what happens to failures."""
