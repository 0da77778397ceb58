# One command each: what CI runs is what a person runs.
#
#   make demo     reduce a published model and print what came out
#   make test     format, lint, strict types, layers, tests: all that CI checks
#   make fix      repair what the formatter and the linter can
#   make docs     build the documentation; a warning is an error
#   make bench    measure speed, next to libRoadRunner, pydiffsol and AMICI where they install
#   make verify   the longer checks against libRoadRunner and COPASI
#   make clean    remove what these commands made
#
# The interpreter that makes the environments: make test PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VERIFY_VENV := .venv-verify
PEERS_VENV := .venv-peers
AMICI_VENV := .venv-amici
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

# What speed is measured against. Each is its own attempt: what a machine cannot install is left out, and said.
INSTALL_PEER = PIP_DISABLE_PIP_VERSION_CHECK=1 $(1)/bin/python -m pip install --quiet $(2) \
	|| echo "make bench: $(2) does not install here; the benchmarks say where it is missing"

$(PEERS_VENV)/.installed: Makefile
	test -x $(PEERS_VENV)/bin/python || $(PYTHON) -m venv $(PEERS_VENV)
	$(call INSTALL_PEER,$(PEERS_VENV),'libroadrunner>=2.7')
	$(call INSTALL_PEER,$(PEERS_VENV),'copasi-basico>=0.80')
	$(call INSTALL_PEER,$(PEERS_VENV),pydiffsol)
	touch $@

# AMICI compiles its own SUNDIALS: half an hour on two cores. AMICI=no leaves it out.
$(AMICI_VENV)/.installed: Makefile
	test -x $(AMICI_VENV)/bin/python || $(PYTHON) -m venv $(AMICI_VENV)
	$(call INSTALL_PEER,$(AMICI_VENV),amici)
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

# One benchmark: make bench NAME=sweep. The corpora: make bench ISTHMUS_CORPORA=folder, or from the environment.
bench: $(VENV)/.installed $(PEERS_VENV)/.installed $(if $(filter no,$(AMICI)),,$(AMICI_VENV)/.installed)
	ISTHMUS_PEERS_PYTHON=$(abspath $(PEERS_VENV))/bin/python \
	ISTHMUS_AMICI_PYTHON=$(abspath $(AMICI_VENV))/bin/python \
	ISTHMUS_AMICI_MODELS=$(abspath $(AMICI_VENV))/models \
	ISTHMUS_CORPORA="$(ISTHMUS_CORPORA)" $(BIN)/python -m benchmarks $(NAME)

verify: $(VENV)/.installed $(VERIFY_VENV)/.installed
	ISTHMUS_VERIFY_PYTHON=$(abspath $(VERIFY_VENV))/bin/python $(BIN)/python -m pytest -m verify

clean:
	rm -rf $(VENV) $(VERIFY_VENV) $(PEERS_VENV) $(AMICI_VENV) docs/_build build dist demo .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
