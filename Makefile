# Customer Chunks: `make help` says what can be made.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-all check bench bench-days bench-growth bench-skew bench-workers bench-models wheel lock clean

PYTHON_HERE := .venv/bin/python
DATA ?= completejourney
# Which tests `make test-all` runs, as pytest's -m has it; empty runs every one. Named tests may be none yet.
MARK ?=
# Where `make test-all` looks for them.
TESTS ?= tests
# Processes that test side by side; each has one Spark session, which keeps about one core busy.
WORKERS ?= 2
# What `make bench` and `make bench-days` measure: about so many order lines, of which company.
LINES ?= 2000000
SEED ?= 1
# What `make bench-models` measures.
ROWS ?= 2000000
DAYS ?= 60
# Not empty: one session for all days.
WARM ?=
# The share of all orders that one customer has, and how many times `make bench` runs everyone.
HOT ?= 0
ROUNDS ?= 1
SIZES ?= 500000 1000000 2000000 5000000
UV_VERSION := 0.13.9

help: ## what can be made
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name what; do printf '%-17s %s\n' "$$name" "$$what"; done

setup: ## the environment in .venv: packages, jars, the `chunks` command (Python 3.11, Java 17 or 21)
	@bash infra/setup.sh

demo: ## a year of a company from files to gold tables and a report (DATA=completejourney or simulated)
ifneq ($(filter $(DATA),completejourney simulated),)
	@bash infra/setup.sh
	@$(PYTHON_HERE) jobs/demo.py --data "$(DATA)"
else
	@echo "There is no demo data called '$(DATA)'; run make demo, or make demo DATA=simulated." >&2; exit 2
endif

test: check ## the checks and every test that is quick (under 15 minutes on 2 cores)
	@$(PYTHON_HERE) -m pytest -q -x -n $(WORKERS) --dist loadfile --no-loadscope-reorder tests --ignore=tests/servers -m "not slow"

test-all: check ## every test, the slow ones and those with real servers too
	@$(PYTHON_HERE) -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS) -m "$(MARK)" || { s=$$?; [ $$s -eq 5 ] && [ -n "$(MARK)" ] || exit $$s; }

check: setup ## style, types and layers, without a test
	@$(PYTHON_HERE) -m ruff check .
	@$(PYTHON_HERE) -m ruff format --check .
	@$(PYTHON_HERE) -m mypy
	@.venv/bin/lint-imports --no-logo

bench: setup ## speed next to DuckDB, Polars and textbook PySpark, answers compared (LINES, SEED, ROUNDS, HOT=0.5)
	@$(PYTHON_HERE) benchmarks/run.py --lines $(LINES) --seed $(SEED) --hot-share $(HOT) --rounds $(ROUNDS)

bench-days: setup ## two months of daily runs: their time and the tables' files as a curve (LINES, SEED, DAYS, HOT, WARM=1)
	@$(PYTHON_HERE) benchmarks/days.py --lines $(LINES) --seed $(SEED) --hot-share $(HOT) --days $(DAYS) $(if $(WARM),--warm)

bench-growth: setup ## cost against rows, step by step (SIZES="1000000 5000000 20000000", SEED, HOT)
	@$(PYTHON_HERE) benchmarks/growth.py --lines $(SIZES) --seed $(SEED) --hot-share $(HOT)

bench-skew: setup ## the longest task of each stage against its median where one customer has half of all orders
	@$(PYTHON_HERE) benchmarks/skew.py --lines $(LINES) --seed $(SEED) $(if $(filter-out 0,$(HOT)),--hot-share $(HOT))

bench-workers: setup ## the same load on a standalone cluster of one worker and of two (LINES, SEED, HOT)
	@$(PYTHON_HERE) benchmarks/workers.py --lines $(LINES) --seed $(SEED) --hot-share $(HOT)

bench-models: setup ## k-means, DBSCAN and BG/NBD next to MLlib, scikit-learn and lifetimes (ROWS, SEED)
	@$(PYTHON_HERE) benchmarks/models.py --rows $(ROWS) --seed $(SEED)

wheel: setup ## dist/*.whl, built offline
	@mkdir -p dist && rm -rf build dist/customer_chunks-*.whl
	@$(PYTHON_HERE) -m pip wheel --quiet --no-deps --no-index --no-build-isolation --wheel-dir dist .
	@rm -rf build && ls dist/customer_chunks-*.whl

lock: ## pin every package anew in requirements.lock and infra/bootstrap.lock
	@[ -x build/lock/bin/uv ] || { python3 -m venv build/lock && build/lock/bin/python -m pip install --quiet uv==$(UV_VERSION); }
	@build/lock/bin/uv pip compile setup.py --all-extras -c infra/constraints.txt -o requirements.lock --quiet \
		--universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"
	@build/lock/bin/uv pip compile infra/bootstrap.in -o infra/bootstrap.lock --quiet \
		--universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock"

clean: ## remove .venv and everything else that was built; tables and data stay
	@rm -rf .venv .venv-spark40 build dist lib/*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
