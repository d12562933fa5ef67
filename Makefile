# Two commands: `make demo` and `make test`.  Both set everything up by themselves.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
BIN := .venv/bin

.PHONY: demo test audit dist bench fuzz format pins golden pictures images clean

demo: .venv/demo ## review the bundled plan: report in the terminal, comment and page in plan-review-demo/
	@$(BIN)/plan-review demo

test: .venv/dev ## lint, check types, run all tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest -n auto

audit: .venv/audit/.stamp ## known vulnerabilities of what is pinned; what cannot be looked up fails as well
	@for pins in requirements.txt requirements-dev.txt requirements-audit.txt requirements-fuzz.txt; do \
	  echo "$$pins"; .venv/audit/bin/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $$pins || exit 1; done
	npm audit --prefix tests/node

dist: .venv/demo ## source archive and wheel in dist/; the same commit gives the same bytes
	rm -rf dist
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/hatchling build -t sdist -t wheel

golden: .venv/dev ## rewrite every expected output; the diff is what a reviewer reads
	$(BIN)/pytest -n auto --update-golden

pictures: .venv/dev ## every story as GitHub shows it, wide and narrow, light and dark: plan-review-pictures/index.html
	@$(BIN)/python -m tests.support.make_pictures

images: .venv/dev ## the three pictures of the README
	@$(BIN)/python -m tests.support.make_pictures images

bench: .venv/dev ## measure against a bare scan, the json module and jq; writes docs/performance.md (about a quarter of an hour)
	@$(BIN)/python -m tests.benchmarks

fuzz: .venv/fuzz ## coverage-guided, one target after another, then damaged plans: FUZZ_SECONDS each; FUZZ_SEED begins elsewhere
	@for target in $(FUZZ_TARGETS); do echo "$$target"; \
	  PLAN_REVIEW_FUZZ=.fuzz $(BIN)/python -m tests.fuzz.guided $$target $(FUZZ_SECONDS) $(FUZZ_SEED) || exit 1; done
	$(BIN)/python -m tests.fuzz $(FUZZ_SECONDS) $(FUZZ_SEED)

FUZZ_TARGETS ?= decode record mask iam markdown marker inside config
FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 1

format: .venv/dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pins: .venv/dev ## pin the newest versions that pyproject.toml allows, with hashes
	$(BIN)/pip install --quiet pip-tools
	$(BIN)/pip-compile $(PIN_FLAGS) --extra build --output-file requirements.txt pyproject.toml
	$(BIN)/pip-compile $(PIN_FLAGS) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	echo "pip-audit>=2.10,<3" | $(BIN)/pip-compile $(PIN_FLAGS) --output-file requirements-audit.txt -
	echo "atheris>=3,<4" | $(BIN)/pip-compile $(PIN_FLAGS) --output-file requirements-fuzz.txt -

PIN_FLAGS := --quiet --upgrade --generate-hashes --strip-extras --allow-unsafe --no-annotate \
  --no-header --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "plan-review needs Python 3.11 or later; name it: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/demo: .venv/python requirements.txt pyproject.toml
	@echo "Setting up (once, about a minute) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: .venv/demo requirements-dev.txt tests/node/node_modules/.stamp
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# atheris is made for Linux alone, so nothing but `make fuzz` needs it.
.venv/fuzz: requirements-fuzz.txt .venv/dev
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.txt
	@touch $@

# A place of its own, outside of which nothing needs it.
.venv/audit/.stamp: requirements-audit.txt | .venv/python
	@$(PYTHON) -m venv .venv/audit
	@.venv/audit/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-audit.txt
	@touch $@

# npm runs no script of any package: nothing here needs one.
tests/node/node_modules/.stamp: tests/node/package.json tests/node/package-lock.json tests/node/.npmrc
	@npm ci --silent --ignore-scripts --prefix tests/node
	@touch $@

clean:
	rm -rf .venv .fuzz tests/node/node_modules .mypy_cache .ruff_cache .hypothesis plan-review-demo plan-review-pictures
