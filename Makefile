# A Python the course can use: the first that runs and is 3.11, 3.12 or 3.13.
# Name another with `make lab PYTHON=/path/to/python`.
CANDIDATES = python3.11 python3.12 python3.13 python3
SUITABLE = import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(or $(shell for p in $(CANDIDATES); do \
	$$p -c '$(SUITABLE)' 2>/dev/null && echo $$p && break; done),python3)
PYTEST = .venv/bin/python -m pytest -n 2 --dist loadfile
UV ?= uv

help:  ## print this list
	@sed -n 's/^\([a-z]*\):.*## /make \1	/p' Makefile | expand -t 16

lab: setup  ## set everything up, then open the course in JupyterLab
	.venv/bin/tinyml lab

test:  ## set everything up, then check the style and run all tests
	$(PYTHON) -m tinyml_course.install --tests
	$(MAKE) lint
	$(PYTEST)
	$(PYTEST) -m "tf and not slow"
	$(PYTEST) -m slow

setup:  ## the set-up alone, into .venv
	$(PYTHON) -m tinyml_course.install

notebooks: setup  ## make notebooks/*.ipynb from notebooks/src/*.py
	.venv/bin/python -m tinyml_course.chapters build

book: setup  ## build the book into build/book/html
	.venv/bin/python book/build.py

lint: setup  ## check format and style
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .

lock:  ## make requirements.lock anew from pyproject.toml (needs uv, from PyPI)
	$(UV) pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 \
		--all-extras --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links \
		pyproject.toml -o requirements.lock

clean:  ## remove what was built; .venv and your work/ stay
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis

.PHONY: help lab test setup notebooks book lint lock clean
