# Two commands on a fresh machine: `make demo` and `make test`. Everything else is for people who change Brandtune.
PYTHON ?= python3
VENV ?= .venv
# Your own PyTorch build: make demo TORCH="torch==2.13.0 --index-url <where your build lives>"
TORCH ?= torch~=2.13.0
PIP ?= $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check
DEMO ?= brandtune-demo
# Test files are shared out among so many processes of one thread each, which is twice as fast on two cores as two threads.
TEST_JOBS ?= 2

.PHONY: demo test test-slow check bench bench-peers starter docs clean

demo: $(VENV)/.installed
	$(VENV)/bin/brandtune demo --dir $(DEMO)

test: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest -m "not slow" -n $(TEST_JOBS) --dist loadfile --no-loadscope-reorder --durations=12

test-slow: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest -m slow

check: $(VENV)/.installed-dev
	$(VENV)/bin/ruff check src tests benchmarks
	$(VENV)/bin/ruff format --check src tests benchmarks
	$(VENV)/bin/mypy

bench: $(VENV)/.installed-dev
	$(VENV)/bin/python -m benchmarks.journey --json

# Peers that benchmarks measure against, in an environment of their own: .venv-peers, or BRANDTUNE_PEERS.
bench-peers:
	$(PYTHON) -m venv .venv-peers
	.venv-peers/bin/python -m pip install --quiet --disable-pip-version-check "datatrove[processing]" datasketch orjson xxhash presidio-analyzer presidio-evaluator faker "lm-eval[hf]" torch transformers

# Measures the bundled model beside the seed and writes its card; the public data lie beside the checkout.
SHARED ?= ../shared/data
starter: $(VENV)/.installed-dev
	$(VENV)/bin/python -m starter.base.evaluate starter/base/evaluation.json --seed $(SHARED)/starter-base --heldout $(SHARED)/pretrain/heldout.jsonl
	$(VENV)/bin/python -m starter.base.card starter/base/evaluation.json $(if $(wildcard starter/base/training.json),--training starter/base/training.json)

docs: $(VENV)/.installed-dev
	$(VENV)/bin/python docs/generate.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info[:2] <= (3, 13); sys.exit(0 if ok else "Brandtune needs Python 3.11, 3.12 or 3.13, found " + sys.version.split()[0] + "; say e.g. make demo PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	@echo "installing into $(VENV): PyTorch, transformers and what they need (see README for the size)"
	$(PIP) $(TORCH)
	$(PIP) --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(PIP) --editable '.[dev]'
	@touch $@

clean:
	rm -rf $(VENV) $(DEMO) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
