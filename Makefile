# The whole interface for people. `make run` needs Python 3.11 or newer, and nothing else.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test test-deep check assets lock bench clean

# Where compiled modules may not be kept, each of the tests' processes compiles them all anew.
unexport PYTHONDONTWRITEBYTECODE
ARGS ?=
PYTHON ?= python3.14 python3.13 python3.12 python3.11 python3
# Another environment beside the usual one: make test VENV=build/python3.13 PYTHON=python3.13
VENV ?= .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq
# The tools of the virtual environment come first; that includes its Node, newer than most systems' own.
WITH_TOOLS := PATH="$(CURDIR)/$(VENV)/bin:$$PATH"
# Locks are made with the oldest Python that we support: what only that one needs must be in them.
OLDEST := 3.11
# What a server may need besides, all in one lock: so nothing is installed twice or without a hash.
EXTRAS := postgres redis s3 sentry
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(PY) -m piptools compile --quiet --generate-hashes \
	--strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/run.stamp ## Start the portal on this machine (another port: make run PORT=5001)
	@bin/assets --once || true
	@$(PY) bin/run.py

test: $(VENV)/dev.stamp node_modules/.package-lock.json ## Run every test (some of them: make test ARGS="-k newsletter")
	@bin/assets || true
	@$(WITH_TOOLS) $(PY) -m pytest $(ARGS)

test-deep: override ARGS += --deep
test-deep: test ## Run every test on both databases, with many examples (an hour or more)

check: $(VENV)/dev.stamp node_modules/.package-lock.json ## Look for mistakes without running the tests
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) -m tests.house
	@rm -rf build/pages
	$(PY) -m tests.render_pages build/pages
	$(WITH_TOOLS) node_modules/.bin/html-validate --config .htmlvalidate.json build/pages

assets: $(VENV)/run.stamp ## Install the pages' scripts, from npm
	@bin/assets

lock: $(VENV)/dev.stamp ## Write the lock files anew (newer versions: make lock ARGS=--upgrade)
	@$(PY) -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "$(OLDEST)")' || \
		{ echo "Locks are made with Python $(OLDEST): make clean, then make lock PYTHON=python$(OLDEST)"; exit 1; }
	$(COMPILE) $(ARGS) --output-file requirements.txt pyproject.toml
	$(COMPILE) $(ARGS) $(addprefix --extra ,$(EXTRAS)) --constraint requirements.txt --output-file requirements-server.txt pyproject.toml
	$(COMPILE) $(ARGS) --extra dev --constraint requirements-server.txt --output-file requirements-dev.txt pyproject.toml
	$(WITH_TOOLS) npm install --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error

bench: $(VENV)/dev.stamp ## Measure the budgets, as ratios
	@for script in bench/[!_]*.py; do PYTHONPATH=. $(PY) "$$script" $(ARGS) || exit 1; done

clean: ## Remove what was installed or built; .env and var/ (the data) stay
	rm -rf $(VENV) build node_modules portal/static/vendor .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

# A stamp is touched last, so that an interrupted installation is done again.
$(VENV)/run.stamp: requirements.txt
	@$(PY) -m pip --version >/dev/null 2>&1 || for python in $(PYTHON) none; do \
		if [ $$python = none ]; then \
			echo "The portal needs Python 3.11 or newer, with venv (on Debian: apt install python3-venv)."; exit 1; \
		fi; \
		$$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		$$python -m venv --clear $(VENV) && break || exit 1; \
	done
	@echo "Installing the locked dependencies."
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing the tools for tests and checks."
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@

# npm writes this file last. Tests that need a package from npm say so themselves when it is missing.
node_modules/.package-lock.json: package-lock.json | $(VENV)/dev.stamp
	@$(WITH_TOOLS) npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null && touch $@ || \
		echo "The tests' packages could not be installed from npm."
