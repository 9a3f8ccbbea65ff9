# One way in. Nothing here is needed to use journeysync: README.md has the two commands without make.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: check demo test lint pins

check: lint test ## format, lint, types, layers, tests

.venv:
	$(PYTHON) -m venv .venv
	$(BIN)/pip install -q -c constraints.txt -e '.[dev]'

lint: .venv
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -q tests/test_layers.py tests/test_house.py

test: .venv ## all tests, on two cores
	$(BIN)/pytest -q -n 2

demo: .venv ## the whole loop on a sandbox tracker, offline
	$(BIN)/journeysync demo

pins: ## write constraints.txt anew from the newest versions that pyproject.toml allows
	rm -rf .venv-pins
	$(PYTHON) -m venv .venv-pins
	.venv-pins/bin/pip install -q -e '.[dev,keyring]'
	.venv-pins/bin/python .ci/pins.py > constraints.txt
	rm -rf .venv-pins
