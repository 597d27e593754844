# Everything runs in .venv, which the first call makes. Needs Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONUNBUFFERED := 1

.PHONY: help demo test notebooks report bench badges install
.DEFAULT_GOAL := help

help:
	@echo "make demo       every notebook on synthetic data, then the shipped models on one sentence"
	@echo "make test       linter, unit tests, notebook tests"
	@echo "make notebooks  every notebook on the real data; skips what is up to date (FORCE=1 redoes)"
	@echo "make report     the README's table and figure, from models/*/*.json"
	@echo "make bench      speed, as ratios measured in one run"
	@echo "make badges REPO=owner/name   Colab badges and clone line for a public repository"

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt requirements-dev.txt requirements-encoder.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; try make PYTHON=python3.11")'
	@echo "Installing into $(VENV); this takes a few minutes, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check -r requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check --no-deps -r requirements-encoder.txt
	@touch $@

demo: install
	@$(BIN)/python tools/run_notebooks.py --profile demo
	@echo
	@PROFILE=demo $(BIN)/python tools/report.py
	@echo
	@echo "The shipped models, trained on the real reviews:"
	@$(BIN)/python -m lib.predict "I fell asleep halfway through."
	@echo
	@echo "Executed notebooks: build/notebooks/*.html   Next: make notebooks, or jupyter lab"

test: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m pytest

notebooks: install
	@$(BIN)/python tools/run_notebooks.py --profile full $(NAMES)

report: install
	@$(BIN)/python tools/report.py --write

bench: install
	@$(BIN)/python tests/bench/run.py
	@$(BIN)/python tests/bench/architectures.py
	@$(BIN)/python tests/bench/encoders.py

badges: install
	@$(BIN)/python tools/badges.py "$(REPO)"
