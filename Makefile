# `make run` sets everything up and starts Timbre; `make test` sets up and tests. See README.md.
PYTHON := $(or $(PYTHON),$(shell for p in python3.11 python3.12 python3.13 python3.14 python3; do if $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1; then echo $$p; break; fi; done))
SETUP = test -n "$(PYTHON)" || { echo "Timbre runs with Python 3.11, 3.12 and 3.13, and finds none of them here. Install one, or set PYTHON=/path/to/python3.13."; exit 1; }; "$(patsubst ~/%,$(HOME)/%,$(PYTHON))" core/bootstrap.py
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help setup dev run stop test check format bench bench-voice bench-generation bench-notion bench-training bench-images clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

setup: ## install everything that the app needs into .venv; starts nothing
	@$(SETUP)

dev:
	@$(SETUP) --dev

run: setup ## set up, then start the app, its worker and the API (PORT, API_PORT, TIMBRE_DATA)
	@exec $(BIN)/python -m core.serve

stop: ## stop what `make run` started
	@if [ -x $(BIN)/python ]; then $(BIN)/python -m core.serve --stop; else echo "Timbre is not set up here, so nothing runs."; fi

test: ## set up what tests need, then run them all
	@$(SETUP) --dev --browser
	@OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup --no-loadscope-reorder

check: dev ## ruff, mypy --strict, import-linter, the README against the code
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest tests/test_readme.py

format: dev ## write the code as ruff wants it
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

bench: dev ## every benchmark but bench-training (hours); tables here, JSON in bench/results/
	@for b in $(filter-out bench/training.py bench/voices.py,$(wildcard bench/[a-z]*.py)); do OMP_NUM_THREADS=1 $(BIN)/python -m bench.$$(basename $$b .py) || exit 1; done; OMP_NUM_THREADS=1 $(BIN)/python -m bench.voice && OMP_NUM_THREADS=2 $(BIN)/python -m bench.generation

bench-voice: dev ## likeness, drift and genericness against their peers, people held out (about ten minutes)
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.voice

bench-generation: dev ## 20 briefs of 6 real authors, judged by a scorer that reranking never sees (about half an hour)
	@OMP_NUM_THREADS=2 $(BIN)/python -m bench.generation $(MORE)

bench-notion: dev ## the sync against a Notion with its limiter on, and the soak (about 25 minutes; --real-rate: MORE=--real-rate)
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.notion $(MORE)

bench-training: dev ## training against a bare TRL script, then an adapter for every real author (many hours; FOLDER= keeps it)
	@$(BIN)/python -m bench.training $(MORE)
	@OMP_NUM_THREADS=2 $(BIN)/python -m bench.voices --folder "$(FOLDER)"

bench-images: dev ## cards beside bare Typst, the page with 1,000 images, 500 real texts through every template (ten minutes)
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.images $(MORE)

clean: ## remove .venv (your data stays)
	rm -rf .venv
