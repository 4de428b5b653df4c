# Everything runs from .venv and node_modules, which `make setup` makes and which every other target
# makes when they are missing or older than the locks.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# ape and the devnet find anvil on PATH; the binary comes from npm.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)

# The first of these that is Python 3.11; a name alone proves nothing (shims, another python3).
IS_311 := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'
PYTHON ?= $(shell for p in python3.11 python3 python; do \
  "$$p" $(IS_311) >/dev/null 2>&1 && { echo "$$p"; break; }; done)
VENV := .venv/.stamp
NODE := node_modules/.stamp
SETUP := $(VENV) $(NODE)
# Calculators that tests and measurements compare the tax engine with, each in its own environment:
# tests/peers.
PEERS := .venv-peers
TESTED := $(PEERS)/rp2/.stamp $(PEERS)/investir/.stamp $(PEERS)/cgt_calc/.stamp
MEASURED := $(TESTED) $(PEERS)/bittytax/.stamp

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(SETUP) ## make .venv and node_modules from the locks

$(VENV): requirements.lock pyproject.toml
	@"$(PYTHON)" $(IS_311) 2>/dev/null || \
	  { echo "error: Python 3.11 is needed; say where it is: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@# A stamp left by an older lock would hide an install that fails half way.
	rm -f $@
	"$(PYTHON)" -m venv .venv
	.venv/bin/python -m pip install -q --require-hashes --no-deps -r requirements.lock
	.venv/bin/python -m pip install -q --no-deps --no-build-isolation -e .
	touch $@

$(NODE): package.json package-lock.json
	@command -v npm >/dev/null || { echo "error: npm is needed; install Node 20" >&2; exit 1; }
	npm ci --no-audit --no-fund
	@# The wrapper and the platform's package both claim the name `anvil`, and npm may then link neither.
	@# Link the binary itself: a signal to it needs no detour through node either.
	mkdir -p node_modules/.bin
	for anvil in node_modules/@foundry-rs/anvil-*/bin/anvil; do \
	  ln -sf "../../$$anvil" node_modules/.bin/anvil; done
	node_modules/.bin/anvil --version
	touch $@

.PHONY: peers
peers: $(MEASURED) ## make .venv-peers: what the tax engine is compared with

$(PEERS)/%/.stamp: tests/peers/%.lock | $(VENV)
	rm -rf $(@D)
	.venv/bin/python -m venv --without-pip $(@D)
	.venv/bin/python -m pip --python $(@D)/bin/python install -q --require-hashes --no-deps -r $<
	touch $@

LOCK = uv pip compile --generate-hashes --python-version 3.11 \
  --no-annotate --no-header --no-emit-index-url -q
.PHONY: lock
lock: ## compile requirements.in, and those of tests/peers, into locks (needs uv)
	@command -v uv >/dev/null || { echo "error: uv is needed: pip install uv, outside .venv" >&2; exit 1; }
	$(LOCK) requirements.in -o requirements.lock
	$(LOCK) tests/peers/rp2.in -o tests/peers/rp2.lock
	$(LOCK) --no-deps tests/peers/investir.in -o tests/peers/investir.lock
	$(LOCK) --no-deps tests/peers/cgt_calc.in -o tests/peers/cgt_calc.lock
	$(LOCK) --no-deps tests/peers/bittytax.in -o tests/peers/bittytax.lock

.PHONY: lint
lint: $(VENV) ## formatting, lint, types and layers, without changing a file
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy --strict vaultsdk
	.venv/bin/lint-imports

.PHONY: format
format: $(VENV) ## format, and mend what ruff can mend
	.venv/bin/ruff check --fix --exit-zero --quiet .
	.venv/bin/ruff format .

.PHONY: artifacts
artifacts: $(VENV) ## compile the contracts into the package
	.venv/bin/python scripts/build_artifacts.py

# Two workers, so that a small machine is not crowded by their nodes. An idle worker takes over what
# waits at a busy one, because a stateful test and an anvil test each last as long as many others.
TESTS = $(wildcard tests/unit tests/contracts tests/stateful tests/integration)

.PHONY: test
test: $(SETUP) $(TESTED) ## unit, contract, stateful (short) and integration tests
	HYPOTHESIS_PROFILE=short .venv/bin/python -m pytest -n 2 --dist worksteal $(TESTS)

.PHONY: test-deep
test-deep: $(SETUP) ## the stateful tests for as long as a night
	HYPOTHESIS_PROFILE=deep .venv/bin/python -m pytest -n 2 --timeout 0 tests/stateful

.PHONY: mutants
mutants: $(SETUP) ## seed bugs into the contracts, one at a time; the tests must see each
	.venv/bin/python tests/mutants/run.py

.PHONY: bench
bench: $(SETUP) $(MEASURED) ## measure sizes, gas, reads and taxes (or ONLY=tax); compare with the committed baseline
	.venv/bin/python tests/benchmarks/run.py $(if $(ONLY),--only $(ONLY))

.PHONY: demo
demo: $(SETUP) ## a bear market on a local chain, with tables, a chart and a page
	.venv/bin/vaultsdk demo

.PHONY: clean
clean: ## remove what runs and builds left; .venv, .venv-peers and node_modules stay
	rm -rf out .build build dist *.egg-info
	rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache
	find vaultsdk scripts tests -name __pycache__ -type d -prune -exec rm -rf {} +
