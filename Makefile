# The commands of the project. `make demo` and `make test` need Python 3.10+, Node 20+ and, where Pulumi is not on PATH
# and its installer cannot be reached, Go 1.26+. Everything else they get themselves; PostgreSQL, for the tests of its
# backend, as root on Debian alone.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
# More than the two cores of a small machine: the tests wait for time-outs and for other processes a part of their time.
JOBS ?= 4
ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
VENV_STAMP := $(VENV)/.locked
NODE_STAMPS := $(patsubst %/package-lock.json,%/node_modules/.installed-lock, \
	$(wildcard examples/bridge/package-lock.json tests/bridge/package-lock.json \
	tests/unit/doctor/old/package-lock.json))

# Puts the virtual environment and the engine first on PATH of a command: the engine starts the `python3` that it finds.
WITH_ENGINE = $(PY) -m tools.pulumi_engine.get --python $(PY) --

# Nothing that is started here looks for updates or reports home.
export PULUMI_SKIP_UPDATE_CHECK := true
export PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION := true
export NPM_CONFIG_UPDATE_NOTIFIER := false
export NPM_CONFIG_FUND := false
export NPM_CONFIG_AUDIT := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export DO_NOT_TRACK := 1

# Python keeps the bytecode of what it imports. Without it, each process compiles the SDK again, in two seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help venv engine node postgres browser gateways test test-fast check workflows format prose docs troubleshooting audit demo bench lock dist clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: venv engine node ## Run the main job on embedded parts: preview, up, changes, drift, repair
	@$(WITH_ENGINE) $(PY) -m tools.demo $(ARGS)

test: venv engine node postgres browser gateways ## Run every test (ARGS="-k rename", JOBS=8)
	@$(WITH_ENGINE) $(PY) -m pytest -n $(JOBS) --dist worksteal $(ARGS)

# These tests hardly wait, so more workers make them slower on two cores. With more cores, use ARGS="-n 8".
test-fast: venv ## Run the quick unit and contract tests, without the engine and Node, in less than a minute
	@$(PY) -m pytest tests/unit tests/contract -n 3 --dist worksteal \
		-m "not engine and not node and not slow" --hypothesis-profile fast $(ARGS)

check: venv ## Check format, lint, types, layers, spelling, prose, workflow files and known vulnerabilities
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/codespell
	@$(MAKE) prose workflows audit

workflows: venv ## Check the workflow files with actionlint (skipped without Go, but not in CI)
	@bash tools/actionlint/lint.sh

format: venv ## Format, and repair what lint can repair
	@$(PY) -m ruff format .
	@$(PY) -m ruff check --fix .

# The page of the error messages is generated: its words are those of the source.
prose: venv ## Check American spelling and the length of sentences in the documentation
	@$(VENV)/bin/codespell --builtin clear,rare,en-GB_to_en-US --skip '*/troubleshooting.md' *.md docs examples/*/*.md tests/*/*.md
	@$(PY) -m tools.docs.sentences

docs: venv troubleshooting ## Build the documentation site in site/, with warnings as errors
	@NO_MKDOCS_2_WARNING=1 $(PY) -m mkdocs build --quiet --strict --config-file tools/docs/mkdocs.yml
	@$(PY) -m tools.docs.assets site
	@echo "docs: open site/index.html"

troubleshooting: venv ## Write docs/reference/troubleshooting.md from the errors in the source
	@$(PY) -m tools.troubleshooting

audit: venv ## Ask whether a locked version has a known vulnerability (skipped offline)
	@$(PY) tools/requirements/audit.py

bench: venv engine node ## Measure preview, up, refresh and destroy
	@$(WITH_ENGINE) $(PY) -m tools.bench $(ARGS)

venv: $(VENV_STAMP) ## Make the virtual environment from the lock

# uv installs the lock in a tenth of pip's CPU time. It does not read pip's configuration, so pip is the fallback. The
# package itself is installed without its dependencies and without build isolation: both come from the lock.
$(VENV_STAMP): tools/requirements/dev.txt tools/requirements/uv.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
		echo "error: $$($(PYTHON) --version 2>&1) is too old or not there; Python 3.10 or newer is needed." >&2; \
		echo "  Do:   install one, or name it: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@minor='import sys; print(sys.version_info[:2])'; \
	if [ -e $(VENV) ] && [ "$$($(PY) -c "$$minor" 2>/dev/null)" != "$$($(PYTHON) -c "$$minor")" ]; then \
		echo "venv: $(VENV) is broken or of another Python; it is made anew"; rm -rf $(VENV); fi
	@echo "venv: installing the locked packages into $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { \
		echo "error: $(PYTHON) cannot make a virtual environment." >&2; \
		echo "  Do:   install its venv module (on Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	@$(PY) -m pip install --quiet --require-hashes -r tools/requirements/uv.txt
	@$(PY) -m uv pip install --quiet --system-certs --require-hashes --python $(PY) -r tools/requirements/dev.txt || { \
		echo "venv: uv cannot install them; pip tries"; \
		$(PY) -m pip install --quiet --require-hashes -r tools/requirements/dev.txt; }
	@$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

engine: venv ## Have the Pulumi engine: on PATH, kept, Pulumi's installer, or built from Go modules
	@$(PY) -m tools.pulumi_engine.get --python $(PY) >/dev/null

postgres: ## Have PostgreSQL's programs, for the tests of Pulumi's backend of that name
	@bash tests/backends/install.sh

browser: ## Have Chromium and its driver, for the test of the emulator's page
	@bash tests/page/install.sh

gateways: ## Have nginx and Caddy, for the tests of their configuration
	@bash tests/gateways/install.sh

node: $(NODE_STAMPS) ## Install the packages of the bridges

# No package here has an install script to run.
%/node_modules/.installed-lock: %/package-lock.json %/package.json
	@command -v npm >/dev/null || { \
		echo "error: there is no npm on PATH; the bridge in $* is a Node application." >&2; \
		echo "  Do:   install Node 20 or newer and run the command again." >&2; exit 1; }
	@echo "node: installing the packages of $*"
	@$(PYTHON) -m tests.bridge.npm $*
	@touch $@

dist: venv ## Build the distribution, check it and try it in an empty environment (ARGS="--tag v1.2.3")
	@$(PY) -m tools.dist $(ARGS)

lock: ## Resolve tools/requirements/*.txt again (UPGRADE=--upgrade raises what is pinned)
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; \
	$(PYTHON) -m venv "$$tools" && "$$tools"/bin/python -m pip install --quiet --require-hashes \
		-r tools/requirements/uv.txt && \
	compile() { "$$tools"/bin/uv pip compile --quiet --system-certs --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --custom-compile-command "make lock" $(UPGRADE) "$$@"; }; \
	compile tools/requirements/uv.in --output-file tools/requirements/uv.txt; \
	compile pyproject.toml --group dev --group docs --constraint tools/requirements/constraints.txt \
		--output-file tools/requirements/dev.txt

clean: ## Remove what these commands made in this directory (the kept engine stays in ~/.pulumi)
	rm -rf $(VENV) .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build site
	rm -rf examples/bridge/node_modules tests/bridge/node_modules tests/unit/doctor/old/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
