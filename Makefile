# `make help` lists the targets. Nothing is needed but Python 3.11+, and for the tests Java 17 and Maven (or Docker).
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)

DISTRIBUTIONS := libs/common services/contracts services/helpdesk services/dispatch services/loaner \
	services/mdm-gateway deploy/evaluation
UNIT := $(wildcard libs/*/tests/unit services/*/tests/unit deploy/*/tests/unit tests/events)
INTEGRATION := $(wildcard libs/*/tests/integration services/*/tests/integration deploy/*/tests/integration \
	tests/integration tests/platform)

# Tests start hundreds of processes: their bytecode is kept, whatever the environment says.
unexport PYTHONDONTWRITEBYTECODE

EVENTS ?= 100000
CONTRACTS ?= 100000
ROWS ?= 100000

# A stamp is named after everything that was installed and the place it was installed in; another set has another name.
fingerprint = $(shell (pwd; cat $(1) $(DISTRIBUTIONS:%=%/pyproject.toml)) | cksum | tr ' ' -)
MAIN := $(VENV)/main-$(call fingerprint,requirements/main.txt)
DEV := $(VENV)/dev-$(call fingerprint,requirements/dev.txt)
pip := $(BIN)/python -m pip --quiet --disable-pip-version-check
compile := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
heading = @printf '\n======== %s ========\n' '$(1)'

define install
$(pip) install --require-hashes -r $(1)
$(pip) install --no-deps --no-build-isolation $(DISTRIBUTIONS:%=-e %)
endef

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(MAIN) ## start everything on http://127.0.0.1:8000 and, on an empty database, play the main job
	@exec $(BIN)/python -m evaluation

.PHONY: test
test: lint types architecture unit rules integration authorisation bus e2e ## everything that CI checks, in this order

.PHONY: lint
lint: $(DEV) ## ruff: rules and format
	$(call heading,lint)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: format
format: $(DEV) ## ruff: mend what can be mended
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.PHONY: types
types: $(DEV) ## mypy --strict over code and tests
	$(call heading,types)
	$(BIN)/mypy

.PHONY: architecture
architecture: $(DEV) ## who may import whom, what that cannot see, house rules, rule ids
	$(call heading,architecture)
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n 2 --dist loadfile tests/architecture tests/rules/test_rule_ids.py

.PHONY: unit
unit: $(DEV) ## tests without I/O, event schemas included
	$(call heading,unit)
	$(BIN)/pytest -n 2 $(UNIT)

.PHONY: rules
rules: $(DEV) ## every rule's test fails when the rule is removed
	$(call heading,rules)
	$(BIN)/pytest tests/rules/test_removals.py

.PHONY: integration
integration: $(DEV) ## tests on real PostgreSQL and real Kafka
	$(call heading,integration)
	$(BIN)/pytest -n 2 --dist loadfile $(INTEGRATION)

.PHONY: authorisation
authorisation: $(DEV) ## who may do what, and that no tenant sees another, on the whole suite
	$(call heading,authorisation)
	$(BIN)/pytest -n 2 --dist loadfile tests/authorisation

.PHONY: bus
bus: $(DEV) ## both buses: one contract, kills, chaos, real PostgreSQL and real Kafka
	$(call heading,bus)
	$(BIN)/pytest -n 2 --dist loadfile tests/bus

.PHONY: e2e
e2e: $(DEV) ## the main job on a running suite, over TCP
	$(call heading,e2e)
	$(BIN)/pytest -n 2 --dist loadfile tests/e2e

.PHONY: bench
bench: $(DEV) ## speed against named limits, or some of it: ONLY="A3 A4" (docs/benchmarks.md); needs Java 17 and Maven
	$(BIN)/python -m bench --keep $(ONLY)

.PHONY: chaos
chaos: $(DEV) ## kills, stops and outages over EVENTS=100000 events, a broker away for a minute (docs/guarantees.md)
	ANSHIN_CHAOS_EVENTS=$(EVENTS) ANSHIN_CHAOS_AWAY=60 $(BIN)/pytest tests/bus/test_chaos.py

.PHONY: closing
closing: $(DEV) ## close the fee months of CONTRACTS=100000 contracts while workers are killed (docs/benchmarks.md)
	ANSHIN_CLOSING_CONTRACTS=$(CONTRACTS) $(BIN)/pytest services/contracts/tests/integration/test_closing_runs.py -k killed

.PHONY: legacy-import
legacy-import: $(DEV) ## a file of ROWS=100000 old contracts, killed on the way (docs/legacy-import.md)
	ANSHIN_IMPORT_ROWS=$(ROWS) $(BIN)/pytest services/contracts/tests/integration/test_legacy_import_at_length.py

.PHONY: keycloak
keycloak: $(MAIN) ## a Keycloak on 127.0.0.1:8180 with a login of each role (docs/identity.md); needs Java 17 and Maven
	@exec $(BIN)/python -m evaluation.provider

.PHONY: catalogues
catalogues: $(MAIN) ## write docs/events and docs/api anew from the code
	$(BIN)/python -m evaluation.catalogues

.PHONY: lock
lock: $(DEV) ## pin requirements/*.in anew, with hashes
	$(compile) -o requirements/main.txt requirements/main.in
	$(compile) -c requirements/main.txt -o requirements/dev.txt requirements/dev.in

.PHONY: venv
venv: $(DEV) ## the virtual environment for development

.PHONY: clean
clean: ## remove the virtual environment and all caches; the data directory stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find libs services deploy tests -name __pycache__ -prune -exec rm -rf {} +

$(MAIN): | $(BIN)/python
	$(call install,requirements/main.txt)
	@rm -f $(VENV)/main-* && touch $@

$(DEV): | $(BIN)/python
	$(call install,requirements/dev.txt)
	@rm -f $(VENV)/main-* $(VENV)/dev-* && touch $(MAIN) $@

$(BIN)/python:
	$(if $(PYTHON),,$(error Python 3.11 or newer is needed; say where it is: make PYTHON=/path/to/python))
	$(PYTHON) -m venv $(VENV)
