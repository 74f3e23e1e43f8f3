# Two targets do everything on a machine with only python3 and make: `make run` and `make test`.
.DEFAULT_GOAL := help
SHELL := /bin/bash
export UV_COMPILE_BYTECODE := 1
export RASA_TELEMETRY_ENABLED := false
PY := .venv/bin/python

help:  ## what the targets are
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | column -t -s "$$(printf '\t')"

# The stamps say when the environment was last in step with the lock file.
.venv/.run-stamp: pyproject.toml uv.lock
	@uv="$$(python3 tools/get_uv.py)" && "$$uv" sync --locked --inexact --no-dev && touch $@

.venv/.dev-stamp: pyproject.toml uv.lock
	@uv="$$(python3 tools/get_uv.py)" && "$$uv" sync --locked --inexact && touch $@ .venv/.run-stamp

setup: .venv/.run-stamp  ## install what running needs
setup-dev: .venv/.dev-stamp  ## install what testing needs, too

run: setup  ## everything: database, model, demo portfolio, the three processes; Ctrl-C ends it
	@exec .venv/bin/xiaoqing up

train: setup  ## train the model if what it learns from has changed
	@.venv/bin/xiaoqing train

lint: setup-dev  ## style, types, arrows
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: setup-dev  ## let ruff tidy the code
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

# The system and browser tests start processes and a browser of their own, so they do not share the cores.
test: setup-dev train  ## all tests
	$(PY) tools/browser.py
	.venv/bin/pytest -n 2 -m "not system and not browser"
	.venv/bin/pytest -m "system or browser"
	$(PY) -m bot test core --e2e --no-plot --stories tests/conversations --fail-on-prediction-errors --out var/rasa-test
	$(PY) -m bot data validate --fail-on-warnings

test-fast: setup-dev  ## the tests that start nothing
	.venv/bin/pytest -n 2 -m "not system and not browser"

bench: setup-dev train  ## ratios of speed; off by default, loopback only
	$(PY) -m benchmarks.reply
	$(PY) -m benchmarks.ledger
	$(PY) -m benchmarks.close_day
	$(PY) -m benchmarks.gate 10000 --messages 100

prove-gate: setup-dev  ## five million simulated sends against rules written apart from the gate
	$(PY) -m benchmarks.prove_gate

prove-race: setup-dev  ## ten thousand payments that race with messages, on PostgreSQL
	$(PY) -m benchmarks.pay_or_send

clean:  ## forget the database, the model and the environment
	rm -rf var models .rasa .venv .tools

.PHONY: help setup setup-dev run train lint format test test-fast bench prove-gate prove-race clean
