# make demo · make test · make check · make bench · make faults
# Each installs what it is missing first; see tools/prepare.py for how.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?=
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format bench faults matrix lock clean

help:
	@echo "make demo           a small shop, from webhooks to points; ARGS=--exit stops by itself"
	@echo "make test           the whole suite, on SQLite and on PostgreSQL; PYTEST_ARGS are passed on"
	@echo "make check          format, lint, types, architecture and the fast tests: under two minutes"
	@echo "make bench          the measurements of docs/speed.md, about an hour; ARGS=--quick, or names of measures"
	@echo "make faults         processes and servers killed, frozen, cut off, filled up; everything deep: hours"
	@echo "make matrix         the fast tests on every Python, RQ and PostgreSQL that is there"
	@echo "make setup          only install; make lock: recompile the requirements"

setup: $(VENV)/.ready-dev

$(VENV)/.ready: requirements.txt pyproject.toml tools/prepare.py
	@if test -e $(VENV)/.ready-dev; then $(MAKE) --no-print-directory setup; \
	else $(PYTHON) tools/prepare.py venv $(VENV) requirements.txt; fi
	@touch $@

$(VENV)/.ready-dev: requirements-dev.txt pyproject.toml tools/prepare.py
	@$(PYTHON) tools/prepare.py venv $(VENV) requirements-dev.txt
	@touch $@ $(VENV)/.ready

demo: $(VENV)/.ready
	@$(BIN)/regulars demo $(ARGS)

test: setup
	@$(PYTHON) tools/prepare.py system
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(PYTEST_ARGS)

check: setup
	@$(BIN)/ruff format --check --quiet
	@$(BIN)/ruff check --quiet
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/deptry --no-ansi .
	@$(BIN)/bandit -q -ll -c pyproject.toml -r plugin webhooks admin
	@$(BIN)/python -m pytest -q -n 2 --database=sqlite -m "not slow and not browser and not faults" $(PYTEST_ARGS)

format: setup
	@$(BIN)/ruff check --fix --quiet
	@$(BIN)/ruff format --quiet

bench: setup
	@$(PYTHON) tools/prepare.py bench
	@$(BIN)/python -m bench $(ARGS)

faults: setup
	@SUITE_DEEP=1 $(BIN)/python -m pytest -m faults $(PYTEST_ARGS)

matrix: setup
	@$(BIN)/python -m tools.matrix

EXTRAS := --group pyproject.toml:build --extra standalone --extra embedded --extra postgres
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11 pyproject.toml

lock: setup
	$(COMPILE) $(EXTRAS) -o requirements.txt
	$(COMPILE) $(EXTRAS) --extra dev -c requirements.txt -o requirements-dev.txt

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
