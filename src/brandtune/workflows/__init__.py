"""Where the stages meet. `journey` is the product on one page; `stages` makes each step durable; `plan` is brandtune.yaml."""
