# Every target except `clean` and `test-compose` works in a virtual environment, which `setup` creates on first use: .venv
# or the one that VENV names. PYTHON names its interpreter; a change of it creates the environment anew.

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
NEWEST_VENV := .venv-newest
LOCKS := requirements/dev.txt requirements/uv.txt
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header --python-version 3.11

# Each kind of thing that a Python or its packages may break: the language against Keras, training to the bit, both
# databases, the broker, the API in its processes, the worker, a whole launch, files and their encodings.
PART := tests/spec tests/settings/test_settings.py tests/storage/test_store.py tests/install/test_packages.py \
  tests/db/test_claims.py tests/db/test_engine.py tests/db/test_migrations.py tests/broker/test_publisher.py \
  tests/api/test_process.py tests/api/test_openapi.py tests/trainer/test_data.py tests/trainer/test_parity_layers.py \
  tests/worker/test_jobs.py::test_a_job_is_trained_from_its_hint_to_its_artifacts tests/launch/test_programs.py \
  tests/launch/test_up.py::test_a_life_ready_a_second_launch_refused_crashes_mended_and_a_clean_end \
  tests/reader/test_complaints.py tests/reader/test_columns.py tests/tables/test_encodings.py

# Tests of processes wait for much of their time: a third file fills two cores.
AT_ONCE := -n 3 --dist loadfile

export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help setup demo up key migration test test-part check sbom format bench bench-diagnosis bench-peers lock newest clean test-rabbitmq test-compose faults soak fuzz

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: $(STAMP) ## install all dependencies (pinned, checked by hash) and Fashion-MNIST; instant when nothing has changed
	@$(BIN)/python -m install.fashion_mnist

$(STAMP): $(LOCKS) $(if $(shell $(IS_OTHER_PYTHON) && echo 1),other-python)
	@command -v "$(PYTHON)" >/dev/null || { echo "Python 3.11 to 3.13 is required, but '$(PYTHON)' was not found. Set PYTHON=... to its path." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { echo "Python 3.11 to 3.13 is required, but '$(PYTHON)' is $$("$(PYTHON)" -V). Set PYTHON=... to another one." >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { echo "This Python cannot create virtual environments. On Debian and Ubuntu, run: apt-get install python3-venv" >&2; exit 1; }
	@if $(IS_OTHER_PYTHON) || ! $(BIN)/python -c '' 2>/dev/null; then "$(PYTHON)" -m venv --clear $(VENV); fi
	@echo "Installing into $(VENV) (TensorFlow is large; this can take some minutes)"
	@$(BIN)/python -m install.packages $(LOCKS)
	@touch $@

# What makes TypeScript clients of the API, for tests; nobody else needs it.
clients: $(CLIENTS_STAMP)

$(CLIENTS_STAMP): $(wildcard tests/clients/package*.json) tests/clients/.npmrc | $(STAMP)
	@$(BIN)/python -m install.npm_packages tests/clients $(CLIENTS)
	@touch $@

.PHONY: other-python clients
other-python:

up: setup ## run the whole service in the foreground; Ctrl-C stops it
	@exec $(BIN)/python -m launch up

demo: setup ## train a network on real images and watch its epochs
	@exec $(BIN)/python -m launch demo

test: setup $(CLIENTS_STAMP) ## run the whole test suite, three files at a time, and list the slowest tests
	@$(BIN)/python -m pytest $(AT_ONCE) --durations 25

test-part: setup ## run some tests of each package in about a minute, to try another Python version
	@$(BIN)/python -m pytest $(AT_ONCE) --durations 5 $(PART)

faults: $(STAMP) ## run the fault matrix in about an hour; ROW=12 runs one row, SEED=2 uses another seed
	@SEED=$(SEED) $(BIN)/python -m pytest tests/faults --all-faults $(if $(ROW),--row $(ROW))

soak: $(STAMP) ## inject random faults for ten minutes; SECONDS=60 shortens the run, SEED=2 uses another seed
	@SEED=$(SEED) SOAK_SECONDS=$(SECONDS) $(BIN)/python -m pytest tests/faults --all-faults --row 30

fuzz: $(STAMP) ## fuzz the API against its OpenAPI document for MINUTES=10, then run all tests on drawn values; SEED=2 uses another seed
	@FUZZ_MINUTES=$(or $(MINUTES),10) SEED=$(or $(SEED),1) $(BIN)/python -m pytest tests/fuzz
	@$(BIN)/python -m pytest $$(grep -lr '^from hypothesis' tests --include 'test_*.py' --exclude-dir fuzz) \
	  --hypothesis-profile seeded --hypothesis-seed $(or $(SEED),1)
	@SEED=$(or $(SEED),1) $(BIN)/python -m pytest tests/coach/test_every_move.py
	@$(BIN)/python -W ignore -m tests.trainer.ends --minutes $(or $(MINUTES),45) --seed $(or $(SEED),1)

sbom: $(STAMP) ## write an SBOM (CycloneDX) of everything that is shipped to dist/netcoach.cdx.json
	@$(BIN)/python -m install.bill_of_materials

check: $(STAMP) ## check linting, formatting, types and import directions
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/basedpyright
	$(BIN)/lint-imports

format: $(STAMP) ## format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

bench: $(STAMP) $(if $(PEERS),$(PEERS_STAMP)) ## measure against plain Keras, with PEERS=1 also other tools; ROW=name measures one row, KEEP=1 updates the page
	@exec $(BIN)/python -m bench $(ROW) $(if $(KEEP),--keep)

bench-diagnosis: $(STAMP) ## judge the coach on jobs whose truth is known; SETS="cases fit", JOBS=90, CASES=folder, KEPT=1, REMEDIES=1, SICK=20, WHY=coach
	@exec $(BIN)/python -m bench.diagnosis $(SETS) $(if $(JOBS),--jobs $(JOBS)) $(if $(CASES),--cases "$(CASES)") \
	  $(if $(KEPT),--kept) $(if $(REMEDIES),--remedies) $(if $(SICK),--sick $(SICK)) $(if $(WHY),--why "$(WHY)")

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
	# MLflow takes no pyarrow as new as the reader's, and both never meet in one environment.
	$(COMPILE) requirements/bench.in --constraint <(sed '/^pyarrow==/,/[^\\]$$/d' requirements/worker-cpu.txt) \
	  --output-file requirements/bench.txt

migration: $(STAMP) ## draft the next migration, from what the models declare: NAME="what it does"
	@[ -n "$(NAME)" ] || { echo 'Say what it does: make migration NAME="Signals of layers"' >&2; exit 2; }
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && export NETCOACH_DATABASE_URL="sqlite:///$$folder/netcoach.db" && \
	  $(BIN)/python -m db.migrate && $(BIN)/alembic -q revision --autogenerate -m "$(NAME)"

newest: $(STAMP) ## the test suite with the newest allowed versions, in .venv-newest; the locks stay; TESTS=tests/db a part of it
	@$(BIN)/python -m venv --clear $(NEWEST_VENV)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	  $(BIN)/uv pip compile --quiet --upgrade --no-annotate --no-header --python $(NEWEST_VENV)/bin/python \
	    requirements/dev.in requirements/uv.in --output-file "$$folder/newest.txt" && \
	  $(BIN)/uv pip sync --quiet --system-certs --only-binary :all: --python $(NEWEST_VENV)/bin/python "$$folder/newest.txt" && \
	  echo "Newer than the locks:" && \
	  { grep -vxFf <(grep -ho '^[^ ;]*==[^ ;]*' $(LOCKS)) <(grep -o '^[^ ;]*==[^ ;]*' "$$folder/newest.txt") || echo "nothing"; }
	@$(BIN)/python -m install.npm_packages tests/clients $(NEWEST_VENV)/clients
	@$(NEWEST_VENV)/bin/python -m pytest $(AT_ONCE) $(TESTS)

key: $(STAMP) ## create an API key and print it; PROJECT=name SCOPES=read,submit NAME=text DAYS=90
	@exec $(BIN)/python -m api.keys create $(if $(PROJECT),--project "$(PROJECT)") $(if $(SCOPES),--scopes "$(SCOPES)") \
	  $(if $(NAME),--name "$(NAME)") $(if $(DAYS),--expires-in-days "$(DAYS)")

test-rabbitmq: $(STAMP) ## run the broker tests on RabbitMQ, which must be installed
	@PATH="$$PATH:/usr/sbin" command -v rabbitmq-server >/dev/null || { echo "RabbitMQ is required. On Debian and Ubuntu, run: apt-get install rabbitmq-server" >&2; exit 1; }
	@$(BIN)/python -m pytest tests/broker --rabbitmq

test-compose: ## build the containers and train a job in them (podman; some minutes)
	deploy/test_compose.sh

clean: ## remove everything that was made, except .netcoach and .data
	rm -rf .venv .venv-* $(VENV) dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
