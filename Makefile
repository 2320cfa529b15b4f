PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: campaign test lint

# From nothing to a finished campaign: environment, install, the example brief.
campaign: $(VENV)/.installed
	rm -rf campaign
	$(BIN)/triptych run examples/brief.yaml --out campaign || test $$? -eq 3
	@echo campaign/report.html

# The renderer's tests have a process of their own: a software GL driver and torch in one
# process were seen to crash.
RENDERING = tests/starter/test_renderer.py tests/starter/test_dataset.py

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(addprefix --ignore=,$(RENDERING))
	$(BIN)/python -m pytest $(RENDERING)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check triptych tests benchmarks examples
	$(BIN)/ruff format --check triptych tests benchmarks examples
	$(BIN)/pyright --pythonpath $(BIN)/python

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q -e ".[design]"
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q -e ".[dev]"
	touch $@ $(VENV)/.installed
