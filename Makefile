# What is done with this repository. `make` alone lists it.
#
# Set-up happens by itself: once, and again when what it depends on changes.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Any Python from 3.11 on will do. One that is named has an environment of its own: make PYTHON=python3.13 test
PYTHON ?= python3
# More arguments for the program that a target runs: make test ARGS="-k sse -x"
ARGS ?=

VENV := .venv
ifneq ($(origin PYTHON),file)
version := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])')
VENV := .venv-$(or $(version),$(error $(PYTHON) is not a Python))
endif
BIN := $(VENV)/bin
SDK := $(VENV)/.sdk-installed
DEV := $(VENV)/.dev-installed
BENCH := $(VENV)/.bench-installed
NODE := node_modules/.installed
GENERATOR := $(VENV)/.generator-installed
MCP := $(VENV)/.mcp-installed

# The tests start hundreds of programs, and each would compile the package anew.
unexport PYTHONDONTWRITEBYTECODE

# pyright and redocly would look for newer versions of themselves.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(SDK) ## Run the quickstart on a local server, with no key and no network
	@$(BIN)/python -m examples.demo $(ARGS)

.PHONY: test
test: $(DEV) chromium ## Run all tests
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

.PHONY: test-lowest
test-lowest: ## Run the tests with the lowest versions of the dependencies that pyproject.toml allows
	@$(MAKE) --no-print-directory VENV=$(VENV)-lowest END=lowest test-range

.PHONY: test-newest
test-newest: ## Run the tests with the newest of them
	@$(MAKE) --no-print-directory VENV=$(VENV)-newest END=newest test-range

# Over what the development tools ask for, which pip says and accepts.
.PHONY: test-range
test-range: $(DEV) chromium
	$(BIN)/python tools/dependency_range.py $(END) >$(VENV)/$(END).txt
	$(PIP) --upgrade --requirement $(VENV)/$(END).txt
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

# Twice as slow as the tests are without. The floor is in pyproject.toml.
.PHONY: coverage
coverage: $(DEV) chromium ## Run all tests but the slowest, and say which lines and branches of the package they miss
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n auto --dist worksteal -m "not slow" $(ARGS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

.PHONY: check
check: check-format lint types check-generated check-version check-spec check-wheel ## Run every other gate of CI

.PHONY: check-format
check-format: $(DEV) ## Check that the code is formatted
	$(BIN)/ruff format --check .

.PHONY: lint
lint: $(DEV) ## Check the style of the code
	$(BIN)/ruff check .

.PHONY: format
format: $(DEV) ## Format the code, and mend what ruff can mend
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(DEV) ## Check the types, with mypy and with pyright
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: generate
generate: $(DEV) ## Write generated/ anew from openapi.yaml, and the sync client from the async client
	$(BIN)/python tools/generate.py

.PHONY: check-generated
check-generated: $(DEV) ## Check that `make generate` would change nothing
	$(BIN)/python tools/generate.py --check

.PHONY: check-version
check-version: $(DEV) ## Check that CHANGELOG.md is about the version of the package
	$(BIN)/python tools/check_version.py

.PHONY: check-spec
check-spec: $(NODE) $(GENERATOR) languages ## Lint openapi.yaml, and compile what generators for other languages make of it
	$(BIN)/python tools/check_spec.py

.PHONY: schemathesis
schemathesis: $(DEV) chromium ## Send the sandbox what openapi.yaml allows and forbids for three minutes; nothing may be amiss
	$(BIN)/python tools/check_api.py $(ARGS)

.PHONY: clients
clients: $(NODE) $(GENERATOR) $(MCP) compilers chromium ## Make clients in other languages, and run them against the sandbox
	$(BIN)/python clients/run.py $(ARGS)

.PHONY: build
build: $(DEV) ## Build the sdist, and the wheel from it, into dist/
	rm -rf dist
	$(BIN)/python -m build

.PHONY: check-wheel
check-wheel: build ## Check what the wheel holds
	$(BIN)/python tools/check_wheel.py dist

.PHONY: chaos
chaos: $(DEV) ## Start thousands of runs under random faults; none may be lost or started twice
	$(BIN)/python tests/recovery/chaos $(ARGS)

.PHONY: fuzz
fuzz: $(DEV) ## Give 20,000 hostile answers to every call; only errors of this package may come out
	$(BIN)/python tests/recovery/fuzz.py $(ARGS)

.PHONY: soak
soak: $(DEV) ## Run what takes longer than the tests: chaos and fuzz, in full
	$(BIN)/python tests/recovery/chaos --starts 20000
	$(BIN)/python tests/recovery/fuzz.py

.PHONY: bench
bench: $(BENCH) ## Measure the client against plain httpx: make bench ARGS="tasks-200 --quick"
	$(BIN)/python -m benchmarks run $(ARGS)

.PHONY: bench-report
bench-report: $(DEV) ## Write what the last whole `make bench` measured into docs/performance.md
	$(BIN)/python -m benchmarks report $(ARGS)

.PHONY: clean
clean: ## Remove what was built, and all caches; environments and node_modules stay
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .coverage*
	find . -name __pycache__ -not -path './.venv*' -not -path './node_modules/*' -prune -exec rm -rf {} +

# Set-up

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "tinyfish needs Python 3.11 or newer. Name one: make PYTHON=python3.12 ...")'
	@$(PYTHON) -m venv $(VENV)

# Twice quiet: errors only.
PIP := $(BIN)/python -m pip install --quiet --quiet --disable-pip-version-check

$(SDK): pyproject.toml | $(BIN)/python
	@echo "Installing tinyfish and the sandbox into $(VENV)"
	@$(PIP) --editable ".[sandbox]"
	@touch $@

$(DEV): requirements-dev.txt $(SDK)
	@echo "Installing the development tools into $(VENV)"
	@$(PIP) --requirement requirements-dev.txt
	@touch $@

$(BENCH): requirements-bench.txt $(DEV)
	@echo "Installing what the benchmarks compare with into $(VENV)"
	@$(PIP) --requirement requirements-bench.txt
	@touch $@

$(GENERATOR): requirements-clients.txt $(DEV)
	@echo "Installing the generator of clients into $(VENV)"
	@$(PIP) --requirement requirements-clients.txt
	@touch $@

$(MCP): requirements-mcp.txt $(DEV)
	@echo "Installing FastMCP into $(VENV)"
	@$(PIP) --requirement requirements-mcp.txt
	@touch $@

# openapi-generator is a Java program, and the PHP that it makes is parsed.
.PHONY: languages
languages:
	@if command -v java >/dev/null && command -v php >/dev/null; then \
		:; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing Java and PHP"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends default-jre-headless php-cli >/dev/null; \
	else \
		echo "make check-spec needs Java and PHP: apt-get install default-jre-headless php-cli" >&2; exit 1; \
	fi

# What else `make clients` compiles with, all of it Debian's.
COMPILERS := $(if $(shell command -v cargo),,cargo) default-jdk-headless golang-go \
	libgeronimo-annotation-1.3-spec-java libgoogle-gson-java librust-chrono-dev librust-reqwest-dev \
	librust-serde-derive-dev librust-serde-json-dev librust-serde-repr-dev librust-tokio-dev librust-url-dev \
	php-cli php-curl php-guzzlehttp-guzzle php-mbstring ruby ruby-typhoeus
.PHONY: compilers
compilers:
	@if dpkg --status $(COMPILERS) >/dev/null 2>&1; then \
		:; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing compilers"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends $(COMPILERS) >/dev/null; \
	else \
		echo "make clients needs: apt-get install $(COMPILERS)" >&2; exit 1; \
	fi

$(NODE): package.json
	@command -v npm >/dev/null || { echo "make check-spec needs Node.js with npm: apt-get install nodejs npm, or https://nodejs.org" >&2; exit 1; }
	@echo "Installing the tools for openapi.yaml into node_modules"
	@npm install --no-audit --no-fund --no-package-lock --loglevel=error
	@touch $@

# The tests of browser sessions drive a real Chromium: whichever the sandbox finds, else Debian's.
.PHONY: chromium
chromium: $(SDK)
	@if $(BIN)/python -c 'from tinyfish.sandbox.browser import chromium; chromium.find()' 2>/dev/null; then \
		:; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing Chromium"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null; \
	else \
		echo "There is no Chromium: the tests of browser sessions will fail. Install it (on Debian:" >&2; \
		echo "sudo apt-get install chromium-headless-shell), or name one in TINYFISH_SANDBOX_CHROMIUM." >&2; \
	fi
