# `make demo` shows it work, `make test` proves it. Both need Python 3.11+ and nothing else: the first call of either
# makes .venv from requirements.txt (a minute or two), later calls reuse it until that file changes.

PYTHON ?= python3
JOBS ?= auto
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help demo stop test chaos judges lint format lock audit env clean bench bench-peers simulate

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(READY) ## sandbox, Airflow and four runs of the sync; then the UI stays up
	@$(BIN)/python -m scripts.demo $(ARGS)

stop: ## end what `make demo` started
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m scripts.demo --stop; else echo "Nothing is running."; fi

test: $(READY) ## all tests; ARGS="-k name" for some, JOBS=0 for one after the other
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

chaos: $(READY) ## N random orgs under random faults end like undisturbed ones (N=100)
	@$(BIN)/python -m scripts.chaos $(or $(N),100) $(ARGS)

judges: $(READY) ## clients that nobody here wrote try the sandbox; needs npm (ARGS=--cli for Salesforce's own, 600 MB)
	@$(BIN)/python -m tests.sandbox.salesforce.conformance.run $(ARGS)

bench: $(READY) ## calls, seconds and memory of whole runs; ARGS="--many 1000 100" for many sessions too
	@$(BIN)/python -m benchmarks.bench $(ARGS)

bench-peers: $(READY) ## the same of four other tools, which npm and pip install into .peers (1 GB)
	@$(BIN)/python -m benchmarks.peers $(ARGS)

simulate: $(READY) ## two months polled every 15 minutes, with webhooks and without: calls, freshness, plots in docs/plots
	@$(BIN)/python -m benchmarks.simulate $(ARGS)

lint: $(READY) ## what ruff objects to
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(READY) ## let ruff correct what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(READY) ## compile requirements.in into requirements.txt; ARGS="--upgrade" for newer versions
	@$(BIN)/python scripts/bootstrap.py lock $(UV_VERSION) $(ARGS)

audit: ## known holes of the pinned packages, by pip-audit; fails where its database is out of reach
	@$(PYTHON) -m venv .audit && .audit/bin/pip install -q pip-audit
	@.audit/bin/pip-audit -r requirements.txt --no-deps --disable-pip --strict

env: ## a .env with fresh secrets for docker-compose.yaml
	@$(PYTHON) -m scripts.make_env

clean: stop ## remove .venv and everything the demo made
	@rm -rf $(VENV) .audit .airflow .sandbox .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not here. Install Python 3.11 or newer, or name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py install $(VENV) $@
