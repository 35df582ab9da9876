# Everything a developer runs. Needs Python 3.11+, make and the package registries; nothing else beforehand.

PYTHON := $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
UV_VERSION := 0.13.9
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEVELOPMENT := .venv/.development-installed

.PHONY: help install kafka spark up test lint format openapi dashboard web-check bench chaos clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(RUNTIME) ## Make .venv with rtl in it

kafka: $(RUNTIME) ## Add to .venv what Kafka needs: a client, a way to fetch a broker, a Java
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --no-dev --inexact --quiet --extra kafka

spark: $(RUNTIME) ## Add to .venv what the Spark engine needs; Java 17 has to be there
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --no-dev --inexact --quiet --extra spark

up: $(RUNTIME) ## Start everything on this machine: engine, API with its page, simulator (flags: make up ARGS="--rate 300")
	@$(BIN)/rtl up $(ARGS)

# Two workers: many tests wait for processes and disks. Tests that share something expensive stay on one (tests/conftest.py).
test: $(DEVELOPMENT) lint ## Run every check and test
	$(BIN)/python -m pytest -n 2 --dist loadscope $(ARGS)

lint: $(DEVELOPMENT) ## Check style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(DEVELOPMENT) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: $(DEVELOPMENT) ## Write web/openapi.json, docs/api.md and docs/metrics.md from the code
	$(BIN)/python -m rtlakehouse.api.reference web/openapi.json docs/api.md docs/metrics.md

dashboard: web/node_modules/.package-lock.json ## Build the dashboard, served at /dashboard/ from then on; needs Node 20.19 or newer
	cd web && npm run build

web-check: web/node_modules/.package-lock.json ## Check style, types and tests of the dashboard
	cd web && npm run check

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci

bench: $(DEVELOPMENT) ## Measure the figures of docs/benchmarks.md (flags: make bench ARGS="--json")
	@$(BIN)/rtl bench $(ARGS)

chaos: $(DEVELOPMENT) ## Kill the engine at random, 200 times, under load (takes about an hour)
	$(BIN)/python -m pytest -m chaos $(ARGS)

clean: ## Remove .venv and caches; never a lake
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/.uv-installed:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it (for instance: apt-get install python3.11-venv) and try again."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(RUNTIME): .venv/.uv-installed pyproject.toml uv.lock
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --no-dev --inexact --quiet
	@touch $@

$(DEVELOPMENT): $(RUNTIME)
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --inexact --quiet --extra kafka --extra postgres --extra spark
	@touch $@
