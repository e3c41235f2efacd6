# `make demo` runs the project against local emulators, `make test` runs all tests. Both need Python 3.11 or newer and
# nothing else: the first call creates .venv from requirements.txt (a minute or two), later calls reuse it until
# requirements.txt or a pyproject.toml changes.

PYTHON ?= python3
JOBS ?= auto
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help demo stop test check lint format types coverage docs faults chaos cluster conformance lock audit env clean bench bench-tools simulate

help: ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST) | expand -t 18

demo: $(READY) ## start the sandbox and Airflow, sync four times, keep the UI running
	@$(BIN)/python -m scripts.demo $(ARGS)

stop: ## stop what `make demo` started
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m scripts.demo --stop; else echo "Nothing is running."; fi

check: lint types ## lint, types and unit tests: the fast checks before a commit
	@$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile tests/unit $(ARGS)

test: $(READY) ## run all tests; ARGS="-k name" selects, JOBS=0 runs in one process
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile $(ARGS)

lint: $(READY) ## check style and formatting with ruff
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

format: $(READY) ## fix what ruff can fix
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(READY) ## check types with mypy
	@$(BIN)/mypy

coverage: $(READY) ## run all tests and write a coverage report to build/coverage
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --cov --cov-report=html --cov-report=term $(ARGS)

docs: $(READY) ## build the documentation site in build/docs; a warning is an error
	@$(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs build/docs

faults: $(READY) ## N random orgs under random faults must end like undisturbed ones (N=100)
	@$(BIN)/python -m scripts.faults $(or $(N),100) $(ARGS)

cluster: $(READY) ## a run of 200 sessions on a disturbed cluster; needs redis-server and postgresql (SIZE=small as in CI)
	@REQUIRE_SERVERS=1 CLUSTER_SIZE=$(or $(SIZE),full) $(BIN)/python -m pytest -s tests/cluster/test_cluster.py $(ARGS)

chaos: $(READY) ## the same with 1,000 schedules from a given seed, a part of them on PostgreSQL (N=1000 FROM=0)
	@$(BIN)/python -m scripts.faults $(or $(N),1000) --from $(or $(FROM),0) $(ARGS)

conformance: $(READY) ## third-party clients against the sandbox; needs npm (ARGS=--cli adds Salesforce CLI, 600 MB)
	@$(BIN)/python -m tests.sandbox.salesforce.conformance.run $(ARGS)

bench: $(READY) ## every figure of docs/reference/benchmarks.md (half an hour); ARGS="--only core orgs" selects
	@$(BIN)/python -m benchmarks.all $(ARGS)

bench-tools: $(READY) ## the same for four competing tools, installed into .competing-tools (1 GB; npm and pip)
	@$(BIN)/python -m benchmarks.competing_tools $(ARGS)

simulate: $(READY) ## simulate two months polled every 15 minutes, with and without webhooks; plots in docs/plots
	@$(BIN)/python -m benchmarks.simulate $(ARGS)

lock: $(READY) ## compile requirements.txt; ARGS="--upgrade" takes newer versions
	@$(BIN)/python scripts/bootstrap.py lock $(UV_VERSION) $(ARGS)

audit: ## check the pinned packages for known vulnerabilities with pip-audit; needs network access
	@$(PYTHON) -m venv .audit && .audit/bin/pip install -q pip-audit
	@.audit/bin/pip-audit -r requirements.txt --no-deps --disable-pip --strict

env: ## create .env with generated secrets for docker-compose.yaml
	@$(PYTHON) -m scripts.make_env

clean: stop ## remove .venv and all generated files
	@rm -rf $(VENV) build dist .audit .airflow .sandbox .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): requirements.txt pyproject.toml sandbox/pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) was not found. Install Python 3.11 or newer, or name an interpreter: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) scripts/bootstrap.py install $(VENV) $@
