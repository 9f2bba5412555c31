# Every target does its own set-up: a virtual environment with the locked packages.
# It needs Python 3.11 or later, git and make, and nothing that was installed by hand.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest

.PHONY: install dev demo test fuzz test-faults test-interop test-browser pictures evaluate classifier bench bench-quick cost lint lock clean docker

install: $(VENV)/.installed        ## the command .venv/bin/chaperone
dev: $(VENV)/.dev                  ## the same, with what tests and linters need

$(BIN)/python:
	@bash packaging/venv.sh $(PYTHON) $(VENV)

$(VENV)/.installed: requirements.txt requirements-build.txt pyproject.toml | $(BIN)/python
	@$(PIP) install --require-hashes --only-binary :all: -r requirements.txt
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-build.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@bash packaging/libmagic.sh $(BIN)/python
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.installed
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@

demo: install                      ## real mail through the real gateway; KEEP=1 leaves it running
	@$(BIN)/chaperone demo $(if $(KEEP),--keep)

test: dev                          ## everything that needs nothing but Python
	@$(PYTEST) -m "not interop and not browser and not faults" $(ARGS)

fuzz: dev                          ## any bytes at the dialogue and the MIME walk, for SECONDS (600)
	@$(BIN)/python -m tests.fuzz.run --seconds $(or $(SECONDS),600)

evaluate: dev                      ## precision, recall and wrong cases of each rule, and of attachments; CASES=file names others
	@$(BIN)/chaperone evaluate $(or $(CASES),$(wildcard tests/cases/*/cases.jsonl ../shared/cases/cases.jsonl))
	@$(BIN)/python -m tests.cases.attachments.evaluate

classifier: dev                    ## learns config/words/learnt.txt anew from tests/cases/attachments, after measuring it (5 min)
	@$(BIN)/python -m tests.cases.attachments.learn

test-faults: dev                   ## processes killed KILLS (200) times under load; relays, disks, clocks that fail
	@CHAPERONE_KILLS=$(or $(KILLS),$(CHAPERONE_KILLS),200) $(PYTEST) -m faults -s tests/faults $(ARGS)

test-interop: dev                  ## Postfix, HAProxy, swaks, curl, msmtp, Nodemailer; openssl, gpg, qpdf, 7z, LibreOffice as peers
	@bash packaging/interop.sh
	@$(PYTEST) -m interop $(ARGS)

test-browser: dev                  ## the pages in Chromium, without JavaScript too
	@bash packaging/browser.sh
	@$(PYTEST) -m browser $(ARGS)

pictures: dev                      ## the screenshots of docs/, made anew
	@bash packaging/browser.sh
	@WRITE_PICTURES=1 $(PYTEST) -m browser $(ARGS)

bench: dev                         ## beside its peers, which it installs where it can (benchmarks/README.md)
	@bash packaging/peers.sh
	@$(BIN)/python -m benchmarks.compare $(ARGS)

bench-quick: dev                   ## the same in under three minutes
	@$(BIN)/python -m benchmarks.compare --quick $(ARGS)

cost: dev                          ## what judging costs, against what it cost
	@$(BIN)/python -m benchmarks.cost $(ARGS)

lint: dev                          ## ruff and mypy --strict
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

lock:                              ## lock the dependencies anew, with hashes and without any host
	@bash packaging/lock.sh $(BIN)

docker:                            ## the image
	docker build --tag chaperone-gateway .

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
