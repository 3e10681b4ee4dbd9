# Every target but `clean` and `test-compose` works in a virtual environment, made by `setup` on first use: .venv, or the
# one that VENV names. PYTHON names the interpreter to make it with; where it was made with another, it is made anew.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CLIENTS := $(VENV)/clients
CLIENTS_STAMP := $(CLIENTS)/.installed
IS_OTHER_PYTHON = [ -n '$(filter command environment,$(firstword $(origin PYTHON)))' ] && [ "$$($(BIN)/python -V 2>/dev/null)" != "$$("$(PYTHON)" -V 2>&1)" ]
PEERS_VENV := .venv-bench
PEERS_STAMP := $(PEERS_VENV)/.installed
LOCKS := requirements/dev.txt requirements/uv.txt
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11

# Each kind of thing that a Python or its packages may break: the language against Keras, training to the bit, both
# databases, the broker, the API in its processes, the worker, a whole launch.
PART := tests/spec tests/settings/test_settings.py tests/storage tests/install/test_packages.py tests/db/test_claims.py \
  tests/db/test_engine.py tests/db/test_migrations.py tests/broker/test_publisher.py tests/broker/test_workers.py \
  tests/api/test_process.py tests/api/test_rate_limits.py tests/api/test_openapi.py tests/trainer/test_data.py \
  tests/trainer/test_parity_layers.py tests/worker/test_jobs.py tests/launch/test_programs.py \
  tests/launch/test_up.py::test_a_life_ready_a_second_launch_refused_crashes_mended_and_a_clean_end

export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help setup demo up key test test-part check sbom format bench bench-peers lock clean test-rabbitmq test-compose faults soak fuzz

help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: $(STAMP) ## install everything, pinned and checked by hash, and bring Fashion-MNIST; at once when nothing changed
	@$(BIN)/python -m install.fashion_mnist

$(STAMP): $(LOCKS) $(if $(shell $(IS_OTHER_PYTHON) && echo 1),other-python)
	@command -v "$(PYTHON)" >/dev/null || { echo "Python is needed, 3.11 to 3.13: '$(PYTHON)' was not found. Name it with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "Python 3.11 to 3.13 is needed; '$(PYTHON)' is $$("$(PYTHON)" -V). Name another with PYTHON=..." >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@if $(IS_OTHER_PYTHON) || ! $(BIN)/python -c '' 2>/dev/null; then "$(PYTHON)" -m venv --clear $(VENV); fi
	@echo "Installing into $(VENV) (TensorFlow is large: some minutes on a slow line)"
	@$(BIN)/python -m install.packages $(LOCKS)
	@touch $@

# What makes TypeScript clients of the API, for tests; nobody else needs it.
clients: $(CLIENTS_STAMP)

$(CLIENTS_STAMP): $(wildcard tests/clients/package*.json) tests/clients/.npmrc | $(STAMP)
	@$(BIN)/python -m install.npm_packages tests/clients $(CLIENTS)
	@touch $@

.PHONY: other-python clients
other-python:

up: setup ## start everything in the foreground; Ctrl-C stops it
	@exec $(BIN)/python -m launch up

demo: setup ## train a network on real images, watch its epochs
	@exec $(BIN)/python -m launch demo

test: setup $(CLIENTS_STAMP) ## the whole test suite, two files at a time; the slowest tests are named at its end
	@$(BIN)/python -m pytest -n 2 --dist loadfile --durations 25

test-part: setup ## some of every room's tests, in two minutes: what shows whether a Python will do
	@$(BIN)/python -m pytest -n 2 --dist loadfile --durations 5 $(PART)

faults: $(STAMP) ## the fault matrix, about an hour; ROW=12 one row, SEED=2 another seed
	@SEED=$(SEED) $(BIN)/python -m pytest tests/faults --all-faults $(if $(ROW),--row $(ROW))

soak: $(STAMP) ## faults at random for ten minutes; SECONDS=60 shortens it, SEED=2 is another
	@SEED=$(SEED) SOAK_SECONDS=$(SECONDS) $(BIN)/python -m pytest tests/faults --all-faults --row 30

fuzz: $(STAMP) ## the API against its own description for MINUTES=10, then all else that is drawn; SEED=2 is another run
	@FUZZ_MINUTES=$(or $(MINUTES),10) SEED=$(or $(SEED),1) $(BIN)/python -m pytest tests/fuzz
	@$(BIN)/python -m pytest $$(grep -lr '^from hypothesis' tests --include 'test_*.py' --exclude-dir fuzz) \
	  --hypothesis-profile seeded --hypothesis-seed $(or $(SEED),1)
	@$(BIN)/python -W ignore -m tests.trainer.ends --minutes $(or $(MINUTES),45) --seed $(or $(SEED),1)

sbom: $(STAMP) ## write an SBOM of all that is shipped (CycloneDX) to dist/netcoach.cdx.json
	@$(BIN)/python -m install.bill_of_materials

check: $(STAMP) ## lint, format, types, import directions
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports

format: $(STAMP) ## format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMP) $(if $(PEERS),$(PEERS_STAMP)) ## measure against plain Keras, with PEERS=1 against more; ROW=name one row, KEEP=1 into the page
	@exec $(BIN)/python -m bench $(ROW) $(if $(KEEP),--keep)

bench-peers: $(PEERS_STAMP) ## install Ray Tune, Keras Tuner, MLflow and Matplotlib into .venv-bench, for `bench`

$(PEERS_STAMP): requirements/bench.txt | $(STAMP)
	@$(PEERS_VENV)/bin/python -c '' 2>/dev/null || "$(PYTHON)" -m venv --clear $(PEERS_VENV)
	@echo "Installing into $(PEERS_VENV) (some minutes on a slow line)"
	@$(BIN)/python -m install.packages --python $(PEERS_VENV)/bin/python $<
	@touch $@

lock: $(STAMP) ## pin the newest allowed versions, with hashes
	$(COMPILE) requirements/uv.in --output-file requirements/uv.txt
	$(COMPILE) requirements/compose.in --output-file requirements/compose.txt
	$(COMPILE) requirements/dev.in --output-file requirements/dev.txt
	for name in api embedded traces worker-cpu worker-gpu; do \
	  $(COMPILE) requirements/$$name.in --constraint requirements/dev.txt --output-file requirements/$$name.txt || exit; \
	done
	$(COMPILE) requirements/bench.in --constraint requirements/worker-cpu.txt --output-file requirements/bench.txt

key: $(STAMP) ## make a key of the API and print it; PROJECT=name SCOPES=read,submit NAME=text DAYS=90
	@exec $(BIN)/python -m api.keys create $(if $(PROJECT),--project "$(PROJECT)") $(if $(SCOPES),--scopes "$(SCOPES)") \
	  $(if $(NAME),--name "$(NAME)") $(if $(DAYS),--expires-in-days "$(DAYS)")

test-rabbitmq: $(STAMP) ## the broker's tests on RabbitMQ, which has to be installed
	@PATH="$$PATH:/usr/sbin" command -v rabbitmq-server >/dev/null || { echo "RabbitMQ is needed; on Debian and Ubuntu: apt-get install rabbitmq-server" >&2; exit 1; }
	@$(BIN)/python -m pytest tests/broker --rabbitmq

test-compose: ## build the containers, train a job through them (podman; some minutes)
	deploy/test_compose.sh

clean: ## remove what was made, but for .netcoach and .data
	rm -rf .venv .venv-* $(VENV) dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
