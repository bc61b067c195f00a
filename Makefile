# Every target sets up what it needs first, which takes no time when it is done already.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=
BIN := .venv/bin
INSTALLED := .venv/.installed
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo dev test test-all chaos check bench lock

help:
	@echo "make demo      the whole engine on this machine, with a story to watch (ARGS=--exit ends by itself)"
	@echo "make dev       the same parts, kept in .data, for working with"
	@echo "make test      the quick tests (ARGS=... goes to pytest)"
	@echo "make test-all  every test"
	@echo "make check     style, types, layers, dependencies"
	@echo "make chaos     faults by the hundred under load, and what they left (ARGS='--rounds 20 --seed 7')"
	@echo "make bench     timings, as ratios against a baseline of the same run"
	@echo "make lock      pin the versions that pyproject.toml asks for (ARGS=--upgrade for newer ones)"

demo: $(INSTALLED)
	@$(BIN)/retention demo $(ARGS)

dev: $(INSTALLED)
	@$(BIN)/retention dev $(ARGS)

test: $(INSTALLED)
	@$(BIN)/pytest -q -m "not slow" -n 2 $(ARGS)

test-all: $(INSTALLED)
	@$(BIN)/pytest -q -n 2 $(ARGS)

check: $(INSTALLED)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "not formatted: run $(BIN)/ruff format ." >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary .
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry .

chaos: $(INSTALLED)
	@$(BIN)/python -m tests.chaos $(ARGS)
	@$(BIN)/python -m tests.chaos --front-door $(or $(ARGS),--rounds 40)

bench: $(INSTALLED)
	@$(BIN)/python -m tests.bench

lock: $(INSTALLED)
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
		--group dev pyproject.toml -o requirements.lock $(ARGS)

$(INSTALLED): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up .venv"
	@$(BIN)/python -c "" 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@
