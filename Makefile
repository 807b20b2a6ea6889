# What can be done here. `make` alone prints this list.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= .parley

.DEFAULT_GOAL := help
.PHONY: help install demo serve test lint types check package stack bench live prove lock clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(VENV)/.installed ## Make .venv from the locked list (done by the others when needed)

$(VENV)/.installed: requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Parley needs Python 3.11 or newer; $(PYTHON) is older. Say which: make PYTHON=python3.12 ..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing into $(VENV) from requirements.lock ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock \
		&& $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock \
		|| $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: install ## Play the whole story on the sandbox network and verify every step
	@$(BIN)/parley demo --home $(HOME_DIR)

serve: install ## Leave the same running for use: HTTP API, workers and sandbox network
	@$(BIN)/parley serve --sandbox --home $(HOME_DIR)

test: install lint types package ## Everything: lint, types, unit, contract, acceptance on one machine and on the AWS emulator
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not stack and not acceptance"
	@$(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder -m "stack or acceptance"

lint: install ## Style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: install ## Types
	@$(BIN)/mypy

check: install lint types ## The quick half of the tests: no archive, no emulator
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m "not stack and not acceptance"

package: install ## Build the Lambda archive and its template into build/package
	@$(BIN)/python -m local.package

stack: install ## Start the local AWS emulator and deploy the packaged template to it
	@$(BIN)/python -m local.stack up

bench: install ## Measure pace and cost: one JSON line each (5 minutes)
	@$(BIN)/python -m benchmarks.engine
	@$(BIN)/python -m benchmarks.cold_start
	@$(BIN)/python -m benchmarks.tick_scaling
	@$(BIN)/python -m benchmarks.lateness
	@$(BIN)/python -m benchmarks.import_csv
	@$(BIN)/python -m benchmarks.meter

live: install ## Run the connectors against servers that nobody here wrote (first time: minutes, 700 MB in build/live)
	@$(BIN)/python -m local.live

prove: install ## Try to break the promise of publishing: one JSON line each (about 45 minutes)
	@$(BIN)/python -m benchmarks.simulation --plans 100000 --seed 4 --jobs 2
	@$(BIN)/python -m benchmarks.simulation --plans 10000 --seed 4 --through clients --jobs 2
	@$(BIN)/python -m benchmarks.simulation --plans 500 --seed 4 --through moto --jobs 2
	@$(BIN)/python -m benchmarks.mutants
	@$(BIN)/python -m benchmarks.backlog
	@$(BIN)/python -m benchmarks.kill9 --rounds 200
	@$(BIN)/python -m benchmarks.crash_peers

lock: install ## Resolve the dependencies anew, with hashes and without any index address
	@$(BIN)/python -m local.lock

clean: ## Remove what was built (not .parley, which holds the record)
	@rm -rf $(VENV) .venv-stack .venv-stack.making build .chalice/deployments .mypy_cache .ruff_cache .pytest_cache .hypothesis
