# `make bench` and `make test` set up what they need first; both skip what is already done.
# CHECKED is what ruff and mypy read.
CHECKED = harness baselines tasks tests benchmarks tools run_benchmark.py
BIN = .venv/bin
# Processes of the tests, for two cores: a third of the time a test waits for what must end by itself.
TESTERS ?= 3
SHELL := bash

.PHONY: bench test set-up lint format
.DEFAULT_GOAL := bench

bench: set-up
	@TIMEFORMAT='== the benchmark took %0R s'; time $(BIN)/python run_benchmark.py

# A file's tests stay in one process, which makes their fixtures once; long files come first.
test: set-up lint
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(TESTERS) --dist loadfile --no-loadscope-reorder \
		--doctest-modules tests harness baselines tasks

lint: set-up
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/mypy benchmarks

format: set-up
	$(BIN)/ruff check --fix $(CHECKED)
	$(BIN)/ruff format $(CHECKED)

set-up:
	@tools/set_up.sh
