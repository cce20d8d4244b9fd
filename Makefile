PYTHON ?= python3
BIN := .venv/bin
SEED ?= 0
JOBS ?= 1

.PHONY: demo test test-lowest lint types torture bench docs clean cuda lock audit label-studio

demo: .venv/runtime  ## install, then compare three strategies on handwritten digits
	$(BIN)/python framework.py --param_file=params/quickstart.json

test: lint types  ## install, then lint, types, tests
	$(BIN)/python -m pytest -n auto --dist worksteal

test-lowest: .venv-lowest/development  ## the tests with the lowest versions that pyproject.toml allows
	.venv-lowest/bin/python -m pytest -n auto --dist worksteal

lint: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/development
	$(BIN)/mypy

torture: .venv/development  ## kill and disturb at full length: the sweeps of which the tests hold a short form
	$(BIN)/python -m tests.torture --seed $(SEED) --jobs $(JOBS)

bench: .venv/development  ## measure the speed claims, each beside its rival in the same run
	$(BIN)/python -m tests.benchmarks

audit: .venv-audit/made  ## ask the index of known vulnerabilities about every locked version; needs the network
	for file in requirements.txt requirements-dev.txt requirements-cuda.txt; do \
		.venv-audit/bin/pip-audit --require-hashes --disable-pip --strict --requirement $$file || exit 1; done

docs: .venv/runtime  ## write docs/strategies.md and its picture anew
	PYTHONPATH=. $(BIN)/python docs/make_strategies_page.py

cuda: .venv/python  ## the same, with TensorFlow's CUDA libraries
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-cuda.txt

label-studio: .label-studio/made  ## install a Label Studio server of its own, which the tests in tests/label_studio then start

.label-studio/made: .venv/python
	$(PYTHON) -m venv .label-studio
	.label-studio/bin/pip install --quiet label-studio==1.23.0
	touch $@

clean:  ## remove the environment and all caches; outputs/ stays
	rm -rf .venv .venv-lowest .venv-audit .label-studio .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

LOCK := uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-emit-index-url --no-annotate --no-header pyproject.toml

lock:  ## resolve the requirement files anew; needs uv
	$(LOCK) --output-file requirements.txt
	$(LOCK) --extra dev --output-file requirements-dev.txt
	$(LOCK) --extra cuda --output-file requirements-cuda.txt
	$(LOCK) --extra dev --resolution lowest-direct --output-file requirements-lowest.txt

.venv/python:
	$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else f"Python 3.11 to 3.13 is needed, this is {v[0]}.{v[1]}: call make with PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	touch $@

.venv/runtime: .venv/python requirements.txt
	$(BIN)/pip install --quiet --require-hashes --requirement requirements.txt
	touch $@

.venv/development: .venv/python requirements-dev.txt
	$(BIN)/pip install --quiet --require-hashes --requirement requirements-dev.txt
	touch $@ .venv/runtime

.venv-lowest/development: requirements-lowest.txt
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/pip install --quiet --require-hashes --requirement requirements-lowest.txt
	touch $@

.venv-audit/made:
	$(PYTHON) -m venv .venv-audit
	.venv-audit/bin/pip install --quiet pip-audit==2.10.1
	touch $@
