PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: campaign test lint browser extras torture

# From nothing to a finished campaign: environment, install, the example brief.
campaign: $(VENV)/.installed
	rm -rf campaign
	$(BIN)/triptych run examples/brief.yaml --out campaign || test $$? -eq 3
	@echo campaign/report.html

# The renderer's tests have a process of their own: a software GL driver and torch in one
# process were seen to crash.
RENDERING = tests/starter/test_renderer.py tests/starter/test_dataset.py

test: browser $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(addprefix --ignore=,$(RENDERING))
	$(BIN)/python -m pytest $(RENDERING)

# For the tests of pages: installed where that may be done, else said before any test runs.
browser:
	.ci/browser

# Every extra alone in a fresh environment (long: an install for each).
extras:
	.ci/extras

# Hours of everything that may go wrong; a part that was stopped goes on where it was.
PARTS = hostile folders conformance kills soak
WORK = torture-work
HOURS = 8

torture: $(VENV)/.installed-dev
	failed=0; for part in $(PARTS); do OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.torture $$part \
	  --work $(WORK) --hours $(HOURS) || failed=1; done; \
	  $(BIN)/python benchmarks/reliability.py && exit $$failed

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
