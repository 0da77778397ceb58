# One command each: what CI runs is what a person runs.
#
#   make demo     reduce a published model and print what came out
#   make test     format, lint, strict types, layers, tests: all that CI checks
#   make fix      repair what the formatter and the linter can
#   make docs     build the documentation; a warning is an error
#   make bench    measure speed, next to libRoadRunner
#   make verify   the longer checks against libRoadRunner and COPASI
#   make clean    remove what these commands made
#
# The interpreter that makes the environments: make test PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VERIFY_VENV := .venv-verify
CODE := src tests benchmarks docs/conf.py

# Every install keeps to the pinned versions; the build backend is pinned too, so nothing is fetched in isolation.
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip install --quiet --constraint constraints.txt

DEMO_MODEL := examples/huang_ferrell_1996.ant
DEMO_QUESTION := --observe K_PP --tolerance 5% --horizon 100

.DEFAULT_GOAL := help
.PHONY: help demo test format lint types layers tests fix docs bench verify clean

help:
	@sed -n '/^#   make/s/^#   //p' Makefile

$(VENV)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "isthmus needs Python 3.11 or later")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) hatchling editables
	$(PIP) --no-build-isolation --editable '.[dev]'
	touch $@

$(VENV)/.installed-docs: $(VENV)/.installed
	$(PIP) --no-build-isolation --editable '.[docs]'
	touch $@

# libRoadRunner and COPASI live apart: they bring their own versions of what isthmus uses.
$(VERIFY_VENV)/.installed: Makefile
	test -x $(VERIFY_VENV)/bin/python || $(PYTHON) -m venv $(VERIFY_VENV)
	PIP_DISABLE_PIP_VERSION_CHECK=1 $(VERIFY_VENV)/bin/python -m pip install --quiet \
		'libroadrunner>=2.7' 'copasi-basico>=0.80'
	touch $@

demo: $(VENV)/.installed
	$(BIN)/isthmus reduce $(DEMO_MODEL) $(DEMO_QUESTION) --out demo

test: format lint types layers tests

format: $(VENV)/.installed
	$(BIN)/ruff format --check $(CODE)

lint: $(VENV)/.installed
	$(BIN)/ruff check $(CODE)

types: $(VENV)/.installed
	$(BIN)/mypy

layers: $(VENV)/.installed
	$(BIN)/lint-imports --no-cache

tests: $(VENV)/.installed
	$(BIN)/python -m pytest

fix: $(VENV)/.installed
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs: $(VENV)/.installed-docs
	$(BIN)/sphinx-build --fresh-env --fail-on-warning --keep-going --quiet -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(VENV)/.installed $(VERIFY_VENV)/.installed
	ISTHMUS_PEERS_PYTHON=$(abspath $(VERIFY_VENV))/bin/python $(BIN)/python -m benchmarks

verify: $(VENV)/.installed $(VERIFY_VENV)/.installed
	ISTHMUS_VERIFY_PYTHON=$(abspath $(VERIFY_VENV))/bin/python $(BIN)/python -m pytest -m verify

clean:
	rm -rf $(VENV) $(VERIFY_VENV) docs/_build build dist demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
