# Each target installs what it needs. `make` lists the targets.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8033
EXAMPLES ?= 2000
REQUESTS ?= 1000000
SECONDS ?= 600
STAGE ?= prod
OTHER ?= python3
OTHER_VENV ?= .venv
# The pip of PYTHON installs, so that the environment needs no pip of its own.
INSTALL := $(PYTHON) -m pip --python $(BIN)/python install --quiet --disable-pip-version-check
PINNED := $(wildcard requirements/*.txt bench/requirements/*.txt tests/*/requirements.txt tests/deployment/*.txt)
AUDIT ?= .venv-audit
COMPILE := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header

.DEFAULT_GOAL := help
.PHONY: help serve package test test-python dynalite test-dynamodb test-browser test-spec test-package test-faults e2e deploy fuzz load audit $(AUDIT)/pins bench bench-scale check format lint types imports contract seed requirements clean

help: ## List the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

serve: $(VENV)/serving ## Serve the record on 127.0.0.1:8033 (PORT=... to change)
	@PORT=$(PORT) $(BIN)/article33 serve

# Files in the order of their names: the long ones are not left to the end, when one process would wait for the other.
PYTEST := python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test: $(VENV)/developing ## Run the tests
	$(BIN)/$(PYTEST)

# What can differ between Python versions and runs on a maintainer's machine: models and rules, the commands, serve, and every import.
test-python: ## Run the tests that another Python version can break (OTHER=python3.12 OTHER_VENV=.venv-3.12; default: python3)
	@$(MAKE) --no-print-directory $(OTHER_VENV)/developing PYTHON=$(OTHER) VENV=$(OTHER_VENV)
	$(OTHER_VENV)/bin/$(PYTEST) tests/unit tests/e2e/test_imports.py tests/e2e/test_command.py tests/e2e/test_contract.py tests/e2e/test_serve.py

# Installed once, so that targets that run side by side do not both install it.
dynalite:
	@tests/dynalite/run true

test-dynamodb: $(VENV)/developing dynalite ## Run the record's tests on dynalite (needs Node), or on DYNAMODB_ENDPOINT=...
	@tests/dynalite/run $(BIN)/$(PYTEST) tests/record

test-browser: $(VENV)/developing ## Run the tests of /docs in Chromium (CHROMIUM=... names one)
	@tests/browser/run $(BIN)/python -m pytest tests/browser

test-spec: $(VENV)/developing ## Test the specification with linters and client generators (needs Node; Java, jq and curl for some)
	@tests/spec/run $(BIN)/python -m pytest tests/spec

test-package: $(VENV)/developing ## Test the function's package as Lambda runs it (needs Python 3.13)
	@tests/package/run $(BIN)/python -m pytest tests/package

test-faults: $(VENV)/developing dynalite ## Inject DynamoDB faults (throttling, time-outs, resets, damage), and kill processes that write (needs Node)
	@tests/faults/run $(BIN)/python -m pytest tests/faults

e2e: $(VENV)/developing ## Deploy to an emulator of AWS with the real command, and check the templates (needs Python 3.13)
	@tests/deployment/run $(BIN)/$(PYTEST) tests/deployment

deploy: $(VENV)/serving ## Deploy to the AWS account of the environment's credentials (STAGE=prod, SETTINGS="--set NAME=VALUE")
	@$(BIN)/article33 deploy --stage $(STAGE) $(SETTINGS)

package: $(VENV)/serving ## Build the function's package in dist/ (needs Python 3.13)
	@$(BIN)/article33 package

fuzz: $(VENV)/developing ## Try a million hostile requests, 2,000 examples per operation and new examples of properties (REQUESTS=..., EXAMPLES=...)
	$(BIN)/$(PYTEST) tests/unit tests/record tests/contract -m hypothesis --hypothesis-profile=search
	ARTICLE33_FUZZ_REQUESTS=$(REQUESTS) ARTICLE33_FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest tests/fuzz -n auto -rP

load: $(VENV)/developing dynalite ## Send requests on 32 connections for ten minutes while releases are published (needs Node; SECONDS=... to change)
	ARTICLE33_LOAD_SECONDS=$(SECONDS) tests/dynalite/run $(BIN)/python -m pytest tests/load -rP

audit: requirements/audit.txt $(AUDIT)/pins ## Check all pinned versions for known vulnerabilities on PyPI (fails without access to it)
	[ -x $(AUDIT)/bin/python ] || $(PYTHON) -m venv --without-pip $(AUDIT)
	$(PYTHON) -m pip --python $(AUDIT)/bin/python install --quiet --disable-pip-version-check --require-hashes --requirement $<
	failed=0; for pins in $(AUDIT)/pins/*.txt; do \
	  $(AUDIT)/bin/pip-audit --strict --no-deps --disable-pip --progress-spinner off --requirement $$pins || failed=1; \
	done; exit $$failed

# Every version that is pinned anywhere, including those for other Pythons and systems, which pip-audit would skip. pip-audit accepts one
# version of a package at a time, so a second version goes into a second file.
$(AUDIT)/pins:
	rm -rf $@ && mkdir -p $@
	sed -nE 's/^([a-z0-9._-]+)(\[[^]]*\])?(==[^ ;]+).*/\1\3/p' $(PINNED) | sort -u | awk -F== '{ print > ("$@/" ++versions[$$1] ".txt") }'

bench: $(VENV)/developing .venv-bench-datasette/installed ## Compare with a minimal handler and three peers; rewrites bench/RESULTS.md (needs Python 3.13, Node, wrk)
	$(BIN)/python -m bench

bench-scale: $(VENV)/developing ## Measure growth to a million resources; the first run takes 15 minutes (needs Python 3.13 and Node)
	$(BIN)/python -m bench --scale

.venv-bench-datasette/installed: bench/requirements/datasette.txt
	$(PYTHON) -m venv --without-pip $(@D)
	$(PYTHON) -m pip --python $(@D)/bin/python install --quiet --disable-pip-version-check --require-hashes --requirement $<
	@touch $@

check: format lint types imports contract seed test ## Run all checks and tests that a change must pass

format: $(VENV)/developing ## Check the format of the code (ruff)
	$(BIN)/ruff format --check --quiet .

lint: $(VENV)/developing ## Lint the code (ruff)
	$(BIN)/ruff check --quiet .

types: $(VENV)/developing ## Check the types (mypy, strict)
	$(BIN)/mypy

imports: $(VENV)/developing ## Check which package imports which (import-linter)
	$(BIN)/lint-imports --no-logo

contract: $(VENV)/developing ## Check that the published contract is up to date
	$(BIN)/article33 contract check

seed: $(VENV)/developing ## Check the seed files
	$(BIN)/article33 check

requirements: ## Pin the requirements again, with hashes and without an index address (needs uv)
	for name in requirements/runtime requirements/workbench requirements/dev requirements/audit tests/spec/requirements tests/faults/requirements tests/deployment/emulator tests/deployment/checkers; do \
	  $(COMPILE) --python-version 3.11 --output-file $$name.txt $$name.in || exit 1; \
	done
	for name in bench/requirements/floor bench/requirements/fastapi bench/requirements/powertools bench/requirements/runtime; do \
	  $(COMPILE) --python-version 3.13 --output-file $$name.txt $$name.in || exit 1; \
	done
	$(COMPILE) --python-version 3.11 --output-file bench/requirements/datasette.txt bench/requirements/datasette.in
	$(COMPILE) --python-version 3.13 --no-deps --output-file tests/package/requirements.txt tests/package/requirements.in

clean: ## Delete what the other targets created
	rm -rf $(VENV) .venv-* .bench .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist tests/*/node_modules

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Article 33 needs Python 3.11 or newer: make PYTHON=..." >&2; exit 2; }
	$(PYTHON) -m venv --without-pip $(VENV)

$(VENV)/serving: requirements/workbench.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes --requirement requirements/workbench.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/developing: requirements/dev.txt $(VENV)/serving
	$(INSTALL) --require-hashes --requirement requirements/dev.txt
	@touch $@
