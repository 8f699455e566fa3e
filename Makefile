# The tasks of this repository. `make` lists them.
#
# Set-up is automatic: it happens once, and again if the requirements change.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Any Python from 3.11 on. If you choose one, it gets its own environment: make PYTHON=python3.13 test
PYTHON ?= python3
# Arguments for the program that a target runs: make test ARGS="-k sse -x"
ARGS ?=
# Anything, to measure the tests' coverage: make test COVERAGE=1
COVERAGE ?=

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
# Agent frameworks have environments of their own, because they pin much that other tools need in other versions.
FRAMEWORKS := $(VENV)-frameworks
CREWAI := $(VENV)-crewai
WEB := $(VENV)/.web-installed
DOCS := $(VENV)/.docs-installed

# The tests start hundreds of programs; without a bytecode cache, each would compile the package again.
unexport PYTHONDONTWRITEBYTECODE

# Otherwise pyright and redocly look for newer versions.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export REDOCLY_SUPPRESS_UPDATE_NOTICE := true

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: $(SDK) ## Show what this package does, without a key or a network
	@$(BIN)/python -m tinyfish.demo $(ARGS)

# The coverage is measured in the same run, which takes a quarter longer. The minimum is in pyproject.toml.
.PHONY: test
test: $(DEV) chromium ## Run all tests; with COVERAGE=1, also report the lines and branches that they miss
	$(if $(COVERAGE),$(BIN)/coverage erase)
	$(if $(COVERAGE),$(BIN)/coverage run -m pytest,$(BIN)/pytest) -n auto --dist worksteal $(ARGS)
	$(if $(COVERAGE),$(BIN)/coverage combine --quiet)
	$(if $(COVERAGE),$(BIN)/coverage report)

.PHONY: test-lowest
test-lowest: ## Run the tests with the lowest versions of the dependencies that pyproject.toml allows
	@$(MAKE) --no-print-directory VENV=$(VENV)-lowest END=lowest test-range

.PHONY: test-newest
test-newest: ## Run the tests with the newest versions that it allows
	@$(MAKE) --no-print-directory VENV=$(VENV)-newest END=newest test-range

# This may replace versions that the development tools require; pip only warns.
.PHONY: test-range
test-range: $(DEV) chromium
	$(BIN)/python tools/dependency_range.py $(END) >$(VENV)/$(END).txt
	$(PIP) --upgrade --requirement $(VENV)/$(END).txt
	$(BIN)/pytest -n auto --dist worksteal $(ARGS)

.PHONY: coverage
coverage: ## The same without the slowest tests
	@$(MAKE) --no-print-directory test COVERAGE=1 ARGS='-m "not slow" $(ARGS)'

.PHONY: check
check: check-format lint types check-generated check-version check-spec check-wheel docs check-examples ## Run all other checks of CI

# Before `make -j2 check`, because two installations into one environment at the same time break it.
.PHONY: check-tools
check-tools: $(DEV) $(GENERATOR) $(DOCS) $(NODE) languages ## Install what the checks need

.PHONY: check-format
check-format: $(DEV) ## Check that the code is formatted
	$(BIN)/ruff format --check .

.PHONY: lint
lint: $(DEV) ## Check the style of the code
	$(BIN)/ruff check .

.PHONY: format
format: $(DEV) ## Format the code, and fix what ruff can fix
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(DEV) $(DOCS) ## Check the types, with mypy and with pyright
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

.PHONY: generate
generate: $(DEV) ## Regenerate generated/ from openapi.yaml, and the sync client from the async client
	$(BIN)/python tools/generate.py

.PHONY: check-generated
check-generated: $(DEV) ## Check that `make generate` would change nothing
	$(BIN)/python tools/generate.py --check

.PHONY: check-version
check-version: $(DEV) ## Check that CHANGELOG.md has the package's version
	$(BIN)/python tools/check_version.py

.PHONY: check-spec
check-spec: $(NODE) $(GENERATOR) languages ## Lint openapi.yaml, and compile clients generated from it for other languages
	$(BIN)/python tools/check_spec.py

.PHONY: schemathesis
schemathesis: $(DEV) chromium ## Test the sandbox with valid and invalid requests for three minutes
	$(BIN)/python tools/check_api.py $(ARGS)

.PHONY: clients
clients: $(NODE) $(GENERATOR) $(MCP) compilers chromium ## Generate clients in other languages, and run them against the sandbox
	$(BIN)/python clients/run.py $(ARGS)

.PHONY: build
build: $(DEV) ## Build the sdist, and the wheel from it, into dist/
	rm -rf dist
	$(BIN)/python -m build

.PHONY: docs
docs: $(DOCS) ## Build the documentation site into site/, strictly
	PYTHONPATH=tools $(BIN)/python -m docsite build

.PHONY: docs-serve
docs-serve: $(DOCS) ## Serve the site on http://localhost:8000, and build it again when a page changes
	PYTHONPATH=tools $(BIN)/python -m docsite serve

.PHONY: check-examples
check-examples: $(DEV) ## Check the types of all Python code in the documentation
	PYTHONPATH=tools $(BIN)/python -m docsite.code_blocks

.PHONY: check-wheel
check-wheel: build ## Check the contents of the wheel
	$(BIN)/python tools/check_wheel.py dist

.PHONY: chaos
chaos: $(DEV) ## Start thousands of runs with random failures; none may be lost or started twice
	$(BIN)/python tests/recovery/chaos $(ARGS)

.PHONY: kill9
kill9: $(DEV) ## Kill programs with a ledger 2,000 times (kill -9); no run may be lost or started twice
	$(BIN)/python tests/recovery/kill9 $(ARGS)

.PHONY: fuzz
fuzz: $(DEV) ## Return 20,000 malformed responses to every call; only this package's errors may be raised
	$(BIN)/python tests/recovery/fuzz $(ARGS)

# Tests with random values, here with ten times as many examples.
PROPERTIES := tests/unit/test_generated_models.py tests/sandbox/test_sandbox_schemathesis.py
.PHONY: soak
soak: $(DEV) $(WEB) chromium postgres ## Run chaos, kill9, fuzz and the property tests in full, which takes longer than the tests
	$(BIN)/python tests/recovery/chaos --starts 8000
	$(BIN)/python tests/recovery/kill9 --deaths 2000
	$(BIN)/python tests/recovery/kill9 --ctrl-c
	$(MAKE) --no-print-directory -j2 soak-fuzz frameworks-installed  # one needs a processor, the other the network
	$(BIN)/pytest -n auto --dist worksteal --hypothesis-profile=soak $(PROPERTIES)
	$(BIN)/pytest -n auto --dist worksteal --soak $$(grep -rl --include='test_*.py' 'mark\.soak' tests)
	$(MAKE) --no-print-directory --jobs=2 --output-sync frameworks

.PHONY: soak-fuzz
soak-fuzz: $(DEV)
	$(BIN)/python tests/recovery/fuzz --answers 10000

.PHONY: frameworks-installed
frameworks-installed: $(FRAMEWORKS)/.installed $(CREWAI)/.installed

# Frameworks warn about themselves, and have nothing of tests/conftest.py.
FRAMEWORK_TESTS := -m pytest --confcutdir=tests/frameworks -o pythonpath=tests/frameworks -o filterwarnings=default \
	-p no:cacheprovider --disable-warnings
.PHONY: frameworks most-frameworks crewai
frameworks: most-frameworks crewai ## Test tinyfish.tools with the agent frameworks

most-frameworks: $(FRAMEWORKS)/.installed
	$(FRAMEWORKS)/bin/python $(FRAMEWORK_TESTS) tests/frameworks --ignore tests/frameworks/test_crewai.py $(ARGS)

crewai: $(CREWAI)/.installed
	$(CREWAI)/bin/python $(FRAMEWORK_TESTS) tests/frameworks/test_crewai.py $(ARGS)

.PHONY: bench
bench: $(BENCH) ## Measure the client against plain httpx: make bench ARGS="tasks-200 --quick"
	$(BIN)/python -m benchmarks run $(ARGS)

.PHONY: bench-report
bench-report: $(DEV) ## Write the figures of the last full `make bench` into benchmarks/README.md
	$(BIN)/python -m benchmarks report $(ARGS)

.PHONY: clean
clean: ## Remove build results and caches, but not environments and node_modules
	rm -rf build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .coverage*
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
	@echo "Installing the packages for the benchmarks into $(VENV)"
	@$(PIP) --requirement requirements-bench.txt
	@touch $@

$(GENERATOR): requirements-clients.txt $(DEV)
	@echo "Installing the client generators into $(VENV)"
	@$(PIP) --requirement requirements-clients.txt
	@touch $@

$(MCP): requirements-mcp.txt $(DEV)
	@echo "Installing FastMCP into $(VENV)"
	@$(PIP) --requirement requirements-mcp.txt
	@touch $@

$(DOCS): requirements-docs.txt $(DEV)
	@echo "Installing the packages for the documentation site into $(VENV)"
	@$(PIP) --requirement requirements-docs.txt
	@touch $@

$(FRAMEWORKS)/.installed: requirements-frameworks.txt pyproject.toml | $(BIN)/python
$(CREWAI)/.installed: requirements-crewai.txt pyproject.toml | $(BIN)/python
$(FRAMEWORKS)/.installed $(CREWAI)/.installed:
	@echo "Installing $(basename $(notdir $<)) into $(@D)"
	@$(BIN)/python -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-compile \
		--editable ".[sandbox]" --requirement $<
	@$(@D)/bin/python -m pip check
	@touch $@

$(WEB): requirements-web.txt $(DEV)
	@echo "Installing Streamlit and a notebook's kernel into $(VENV)"
	@$(PIP) --requirement requirements-web.txt
	@touch $@

.PHONY: postgres
postgres: | $(BIN)/python
	@if $(BIN)/python tests/support/postgres.py 2>/dev/null; then \
		:; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing PostgreSQL"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql >/dev/null; \
	else \
		echo "No PostgreSQL was found, so the tests of tinyfish.contrib.dbos will fail. Install it (on Debian:" >&2; \
		echo "sudo apt-get install postgresql)." >&2; \
	fi

# openapi-generator is a Java program, and its PHP output is parsed.
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

# The compilers and libraries for `make clients`, as Debian packages.
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

# The tests of browser sessions use a real Chromium: the one that the sandbox finds, otherwise Debian's.
.PHONY: chromium
chromium: $(SDK)
	@if $(BIN)/python -c 'from tinyfish.sandbox.browser import chromium; chromium.find()' 2>/dev/null; then \
		:; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		echo "Installing Chromium"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium-headless-shell >/dev/null; \
	else \
		echo "No Chromium was found, so the tests of browser sessions will fail. Install it (on Debian:" >&2; \
		echo "sudo apt-get install chromium-headless-shell), or set TINYFISH_SANDBOX_CHROMIUM to its path." >&2; \
	fi
