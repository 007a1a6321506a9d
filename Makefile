PY ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LOCK_FLAGS := --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help demo test test-cluster bench lint snapshots screenshots docs lock cron-answers wheel krew clean

help: ## Show the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "%-14s %s\n", $$1, $$2}'

# A stamp per lock file: the environment follows the lock, and nothing is installed twice.
$(VENV)/.run: requirements/run.txt pyproject.toml
	@$(PY) -c 'import sys; sys.exit("argotui needs Python 3.11 or newer: make PY=python3.12 ...") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PY) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/run.txt
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.run
	$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

demo: $(VENV)/.run ## Open the console on the embedded cluster.
	$(BIN)/argotui demo

lint: $(VENV)/.dev ## Formatting, lint, types and the arrows between layers.
	$(BIN)/ruff format --check src tests tools
	$(BIN)/ruff check src tests tools
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## Everything that needs no cluster.
	$(BIN)/python -m pytest -n auto -m "not cluster"

test-cluster: $(VENV)/.dev ## The contract tests and the journeys on the cluster of $KUBECONFIG.
	$(BIN)/python -m pytest -m "cluster or argo"

bench: $(VENV)/.dev ## Measure the budgets and write docs/performance.md.
	$(BIN)/python -m tests.bench

snapshots: $(VENV)/.dev ## Redraw the snapshots; read the report before committing them.
	$(BIN)/python -m pytest -m "not cluster" tests/snapshots --snapshot-update

screenshots: $(VENV)/.dev ## Draw the README's screenshots on the embedded cluster.
	$(BIN)/python -m tools.write_screenshots

docs: $(VENV)/.dev ## Write what is generated: parts of the documents, and admission/.
	$(BIN)/python -m tools.write_docs

cron-answers: $(VENV)/.dev ## Ask robfig/cron again, for the tests of schedules (needs Go).
	$(BIN)/python -m tools.write_cron_answers

wheel: $(VENV)/.dev ## Build the wheel, into dist/.
	$(BIN)/python -m build --wheel --no-isolation

krew: $(VENV)/.dev ## Write the archive and the manifest for krew into dist/.
	$(BIN)/python -m tools.write_krew

lock: ## Resolve the dependencies anew (needs uv).
	uv pip compile $(LOCK_FLAGS) pyproject.toml --group build -o requirements/run.txt
	uv pip compile $(LOCK_FLAGS) pyproject.toml --group dev -o requirements/dev.txt

clean: ## Remove the environment and every cache.
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
