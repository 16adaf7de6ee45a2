# Short names for the launcher: `python3 tools/suite --help` tells the rest.
PYTHON ?= python3
SUITE = $(PYTHON) tools/suite

# The launcher writes nothing outside .run and the user's cache folder, not even bytecode.
export PYTHONPYCACHEPREFIX := $(CURDIR)/.run/pycache

.PHONY: help setup demo demo-check test samples-check lint bench payments-sim clean

help:
	@echo "make demo         a running Odoo 19 with the suite and demo data (Ctrl-C stops it)"
	@echo "make demo-check   the same job without a person: verifies the result, exits 0 or not"
	@echo "make test         everything that is tested (ARGS=... goes to pytest)"
	@echo "make samples-check FIN_SAMPLES=folder   files of banks read as the table of the tests says"
	@echo "make lint         linters, types, XML and manifests"
	@echo "make bench        benchmarks beside their peers (ARGS=name runs those whose name contains it)"
	@echo "make payments-sim thousands of payments over all faults, a table of what became of them (FIN_PAYMENTS=5000)"
	@echo "make clean        removes everything made above"

setup:
	@$(SUITE) setup

demo:
	@$(SUITE) demo

demo-check:
	@$(SUITE) demo-check

test:
	@$(SUITE) test $(ARGS)

samples-check:
	@test -d "$(FIN_SAMPLES)" || { echo "FIN_SAMPLES=folder names the folder with the files"; exit 2; }
	@FIN_SAMPLES="$(abspath $(FIN_SAMPLES))" $(SUITE) run pytest -p no:odoo -q -rs \
		tests/unit/finance_bank_sync/test_sample_facts.py tests/unit/finance_bank_sync/test_bai2_other_reader.py

lint:
	@$(SUITE) lint

bench:
	@$(SUITE) bench $(ARGS)

FIN_PAYMENTS ?= 5000
payments-sim:
	@FIN_PAYMENTS=$(FIN_PAYMENTS) $(SUITE) test tests/process/test_payment_exactly_once.py
	@cat .run/reports/payments-sim.txt

clean:
	@$(SUITE) clean
