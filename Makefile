# Everything that is run here, by people and by machines. `make` alone prints the list.
#
## make demo ARGS=...   set everything up and run a day in a real town; prints links to the pages
## make dawn ARGS=...   set everything up and play a dawn in a depot: cages in, everything sorted, loaded or named
## make test T=path     set everything up and run the tests; T for one file or folder
## make faults          the long tier: kill loops, crash points, long simulations, every page in a browser
## make check           format, lint, types, floors, own lints, locks, documents
## make bench T=subject ratios against a floor in the same run; T for one subject
## make laws SEED=n     the laws for a long time, from a seed; prints the seed that fails
## make conformance     read GS1's and the carriers' own examples: taken, refused by which rule, passed over and why
## make docs            write the pages of docs/ that the code knows best: errors, events, words, ASVS
## make pictures        take the pictures of docs/pictures anew, in a browser
## make format          let ruff lay out the code
## make wheel           build the wheel into dist/
## make locks           compile requirements/*.txt anew (needs the network)
## make setup           only the set-up; quick when nothing changed

.DEFAULT_GOAL := help
.PHONY: help setup demo dawn test faults check bench laws conformance docs pictures format wheel locks
.SUFFIXES:

# Relative on purpose: the folder's own path may hold anything.
PY := .venv/bin/python
# Whoever forbids it makes each of the many processes of a test compile every library anew: minutes of seconds.
unexport PYTHONDONTWRITEBYTECODE
ROUNDS ?= 20
PYTEST := $(PY) -m pytest
# Two at a time, and whoever is done takes over half of the rest; one file or folder by itself needs no second process.
TOGETHER := $(if $(T),,-n 2 --dist worksteal)

help:
	@sed -n 's/^## //p' Makefile

# PYTHON=path and PROGRAMS=no count only where they were typed: many shells carry a PYTHON of their own.
setup: export PYTHON := $(if $(filter command,$(origin PYTHON)),$(PYTHON))
setup:
	@sh tools/setup.sh $(if $(filter setup,$(MAKECMDGOALS)),--tell) $(if $(filter no,$(PROGRAMS)),--no-programs) \
		$(if $(filter faults,$(MAKECMDGOALS)),--scanners)

demo: setup
	@.venv/bin/safehand demo $(ARGS)

dawn: setup
	@.venv/bin/safehand dawn $(ARGS)

test: setup
	@$(PYTEST) $(TOGETHER) -m "not faults" $(T)

faults: setup
	@$(PYTEST) -m faults $(T)

check: setup
	@$(PY) -m tools.check

bench: setup
	@$(PY) -m bench $(T)

laws: setup
	@$(PY) -m tools.laws --rounds "$(ROUNDS)" --seed "$(SEED)"

conformance: setup
	@$(PY) -m tools.conformance

docs: setup
	@$(PY) -m tools.write_docs

pictures: setup
	@SAFEHAND_PICTURES=1 $(PYTEST) tests/e2e/test_pictures.py tests/e2e/test_depot_pictures.py

format: setup
	@$(PY) -m ruff format
	@$(PY) -m ruff check --fix --quiet

wheel: setup
	@$(PY) -m build --wheel --no-isolation

locks: setup
	@$(PY) -m tools.locks
