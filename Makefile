# Everything runs from .venv and node_modules, which `make setup` makes and which every other target
# makes when they are missing or older than the locks.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# ape and the devnet find anvil on PATH; the binary comes from npm.
export PATH := $(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)

# python3.11 may be called python3; any other version is refused by the check in the rule below.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv/.stamp
NODE := node_modules/.stamp

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(VENV) $(NODE) ## make .venv and node_modules from the locks

$(VENV): requirements.lock pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "error: Python 3.11 is needed; say where it is: make setup PYTHON=/path/to/python3.11" >&2; exit 1; }
	@# A stamp left by an older lock would hide an install that fails half way.
	rm -f $@
	"$(PYTHON)" -m venv .venv
	.venv/bin/python -m pip install -q --require-hashes -r requirements.lock
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
