# `make` lists what there is. Everything happens in .venv, set up when it is missing or its lock file has changed.

PYTHON ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
COMPILE := $(BIN)/uv pip compile pyproject.toml --upgrade --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --custom-compile-command "make lock"

PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
PLACE := $(BIN)/python -c 'import plainsite; print(plainsite.__file__)' 2>/dev/null

# An environment whose folder was moved or copied, or whose Python is gone, is made anew.
ifneq ($(wildcard .venv/.run),)
$(shell [ "$$($(PLACE))" -ef site/plainsite/__init__.py ] || rm -f .venv/.made .venv/.run .venv/.dev)
endif

.DELETE_ON_ERROR:
.PHONY: help run demo test check format bench lock wheel clean

help: ## list what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.run ## start the site (HOST=127.0.0.1 PORT=8000)
	@$(BIN)/plainsite run

demo: .venv/.run ## start a site of its own, filled with sample messages
	@export PLAINSITE_INSTANCE=instance/demo && \
	$(BIN)/plainsite import messages tests/data/messages/messages.jsonl && $(BIN)/plainsite run

# What is covered is measured on SQLite, where everything runs: to measure takes half as long again.
# Compiled modules are kept whatever the machine says: the tests start hundreds of processes.
test: export PYTHONDONTWRITEBYTECODE :=
test: .venv/.dev ## run all tests, those of the site's own database on each engine
	@rm -rf .pytest_cache/results .coverage.*
	@failed=0; run="$(BIN)/coverage run"; \
	for engine in sqlite postgresql mariadb; do \
		echo "The site's own database on $$engine:"; TEST_DATABASE=$$engine $$run -m pytest -n auto \
			-m "not long and not load and not cluster" --junit-xml=.pytest_cache/results/$$engine.xml || failed=1; \
		run=$(BIN)/python; \
	done; \
	$(BIN)/coverage combine --quiet && $(BIN)/coverage report || failed=1; \
	$(BIN)/python -m pytest -n auto --dist worksteal -m long --junit-xml=.pytest_cache/results/long.xml || failed=1; \
	$(BIN)/python -m pytest -m "load or cluster" --junit-xml=.pytest_cache/results/load.xml || failed=1; \
	$(BIN)/python tests/summary.py .pytest_cache/results/*.xml && exit $$failed

check: .venv/.dev ## look at format, lint, types, import contracts and migrations
	@$(BIN)/ruff format --check
	@$(BIN)/ruff check
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@export PLAINSITE_INSTANCE=$$(mktemp -d) && trap 'rm -rf "$$PLAINSITE_INSTANCE"' EXIT && \
	$(BIN)/plainsite db upgrade && $(BIN)/plainsite db check

format: .venv/.dev ## put the code into its format
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format

bench: .venv/.dev ## measure the pages against a bare floor
	@$(BIN)/python -m bench

lock: .venv/.made ## renew the locked versions in requirements/
	@$(PIP) uv
	@mkdir -p requirements
	@$(COMPILE) --group install --output-file requirements/run.txt
	@$(COMPILE) --group dev --extra testing --extra mariadb --extra postgresql --constraint requirements/run.txt --output-file requirements/dev.txt

wheel: .venv/.dev ## build the wheel into dist/
	@$(BIN)/python -m hatchling build -t wheel

clean: ## remove what was made here, but never instance/
	rm -rf .venv dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find site tests bench -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.made:
	@python=; for one in $(if $(filter command,$(origin PYTHON)),$(PYTHON),$(PYTHON) $(PYTHONS)); do \
		if $$one -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$one; break; fi; done; \
	if [ -z "$$python" ]; then \
		echo "plainsite needs Python 3.11 or newer, and $(or $(PYTHON),what it found) is none." >&2; \
		echo "Name one: make PYTHON=/path/to/python3 …" >&2; exit 1; fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
		echo "$$python cannot make environments here. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; fi; \
	$$python -m venv --clear .venv
	@touch $@

.venv/.run: requirements/run.txt pyproject.toml | .venv/.made
	@echo "Setting up .venv to run; this happens once."
	@$(PIP) --require-hashes -r requirements/run.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.run
	@echo "Setting up .venv to test; this happens once."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
