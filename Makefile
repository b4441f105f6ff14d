# The commands of this project. `make demo` and `make test` need nothing beside a Debian machine: they install what is missing.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --no-input install --quiet

# What the tests start as private servers (the core packages bring programs without a service), and what mysqlclient is compiled with.
TEST_PACKAGES := mariadb-server-core mariadb-client-core postgresql libmariadb-dev pkg-config gcc python3-dev openssl rabbitmq-server chromium chromium-driver curl

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint schema docs crash-test oracle-test collect-test concertim-test benchmark clean

help:  ## show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 16

demo: $(VENV)/installed  ## build a sample cloud, sync it, print its usage
	$(BIN)/reporting-pollster demo

test: lint $(VENV)/keystone/ready $(VENV)/gnocchi/ready  ## everything that is checked before a change lands
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

lint: $(VENV)/developed  ## style, types, and which way imports go
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

schema: $(VENV)/developed  ## write the first revision, schema/ and the data dictionary from the tables' description
	$(BIN)/python -m reporting_pollster.store.generate

docs: $(VENV)/developed  ## write the reference pages from the commands and options
	$(BIN)/python docs/generate.py

crash-test: $(VENV)/developed  ## kill the sync at every statement, not only at a sample of them
	$(BIN)/python -m pytest --crash-points=all tests/crash

oracle-test: $(VENV)/developed  ## compare the periods of 100,000 lives of instances with the truth, not only of 2,000
	$(BIN)/python -m pytest --numprocesses 2 --dist worksteal --lifecycles=100000 tests/oracle

collect-test: $(VENV)/developed  ## send 10,000 messages to a collector that is killed all the time, not only 1,000
	$(BIN)/python -m pytest --messages=10000 tests/services/collect/test_killed.py

concertim-test: $(VENV)/developed  ## bring 1,000 random states of Concertim in line while requests get lost, not only 25
	$(BIN)/python -m pytest --numprocesses 2 --concertims=1000 tests/exports/concertim/test_convergence.py

benchmark: $(VENV)/developed  ## measure speed, memory and rows examined
	$(PIP) --editable '.[benchmark]'
	$(BIN)/python -m benchmarks

clean:  ## forget the virtual environment and all that tools left behind
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis

# Stamps, so that a second run finds all in place. `--clear` mends an environment that an interrupted run left half-made.
$(VENV)/created:
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || .ci/debian-packages python3-venv
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.13 ..." >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/created pyproject.toml
	$(PIP) --editable .
	@touch $@

$(VENV)/developed: $(VENV)/created pyproject.toml
	.ci/debian-packages $(TEST_PACKAGES)
	$(PIP) --editable '.[fast,postgresql,test,lint]'
	@touch $@ $(VENV)/installed

# What tests sign in with: a keystone from PyPI, apart from us since it asks for versions of its own.
$(VENV)/keystone/ready: $(VENV)/created
	$(PYTHON) -m venv --clear $(VENV)/keystone
	$(VENV)/keystone/bin/python -m pip --disable-pip-version-check --no-input install --quiet 'keystone>=27' waitress
	@touch $@

# What tests read metrics from: a Gnocchi from PyPI, apart from us like the keystone. Nothing of it is compiled.
$(VENV)/gnocchi/ready: $(VENV)/created
	$(PYTHON) -m venv --clear $(VENV)/gnocchi
	$(VENV)/gnocchi/bin/python -m pip --disable-pip-version-check --no-input install --quiet 'gnocchi[mysql]>=4.6' 'setuptools<81' waitress
	@touch $@
