# Two commands set everything up: `make test` and `make book`. Both need Python 3.11 to 3.14, make,
# git and, the first time, a network to the package registries. Nothing is installed outside this
# folder.

PYTHON ?= python3
VENV ?= .venv
LAB := $(VENV)/lab
VENDOR := book/vendor
HTML := _build/html
# What a lock lists and nothing else: no index is asked what else there is, nothing is resolved or
# built. Then pip proves that nothing is missing.
PIP = bin/python -m pip --disable-pip-version-check
INSTALL = $(PIP) install --quiet --no-deps --only-binary :all: --require-hashes -r
# A process for every core, each with one thread.
PYTEST = OMP_NUM_THREADS=1 $(VENV)/bin/pytest -n auto --dist worksteal -rs
NPM_PATH := $(abspath $(VENV)/bin):$(PATH)
# Figures know nothing of a user's settings of matplotlib, nor of a list of fonts that is out of date.
export MPLCONFIGDIR := $(abspath $(VENV)/matplotlib)

.PHONY: audit book check pdf test test-book test-all bench lab lock paper clean
.DELETE_ON_ERROR:

# -- the book --------------------------------------------------------------------------------------

book: $(VENV)/.ready $(VENDOR)/.ready
	@rm -f _build/.built
	$(VENV)/bin/jupyter-book build . -W --keep-going
	@touch _build/.built
	@echo "The book is ready: open $(HTML)/index.html in a browser."

# The pages of the book in one file, printed by Chromium where there is one: _build/book.pdf.
pdf: book
	$(VENV)/bin/python -m ssq_book.sphinx_ext.pdf

# -- the tests -------------------------------------------------------------------------------------

# What a change needs: the checks of the sources, and the tests but for those of builds, of kills,
# of the built pages and of what takes minutes.
test: check
	$(PYTEST) -m "not slow" \
	  --ignore-glob="tests/book/test_book*" --ignore-glob="tests/book/test_*build*" \
	  --ignore-glob="tests/book/test_kills*"

check: $(VENV)/.ready
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	git ls-files -z --cached --others --exclude-standard | xargs -0 $(VENV)/bin/codespell
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

# All tests, and how much of the library its own tests reach. The pages just built are looked at in
# a headless browser, the explorers in JupyterLab too, which lies beside the environment.
test-all: check book $(LAB)/.ready
	$(PYTEST) --cov --cov-report=term tests/library ssq_core
	$(PYTEST) tests/book

# The pages of the book just built, in a headless browser.
test-book: book
	$(PYTEST) -m "not slow" tests/book/test_book*.py

# What an advisory service knows of the pinned distributions. No test and no gate asks: what it
# answers changes while the code does not.
audit: $(VENV)/audit/.ready
	$(VENV)/audit/bin/pip-audit --disable-pip --require-hashes --requirement requirements.lock

# -- measurements and results at the paper's scale -------------------------------------------------

# Side by side with other solvers, on one thread: results/benchmarks.csv. Wants an idle machine.
bench: $(VENV)/.bench
	$(VENV)/bin/python -m benchmarks.run

# What a build has no time for, to results/. Rows that are there are kept, so it can be interrupted.
paper: $(VENV)/.ready
	$(VENV)/bin/python -m ssq_book.studies

# -- the environment -------------------------------------------------------------------------------

$(VENV)/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed")'
	$(PYTHON) -m venv $(VENV)
	@echo "Installing what requirements.lock pins into $(VENV): a few minutes the first time."
	$(VENV)/$(INSTALL) requirements.lock
	$(VENV)/$(PIP) install --quiet --no-deps --no-build-isolation -e .
	$(VENV)/$(PIP) check
	@$(VENV)/bin/python -c 'import matplotlib.font_manager'  # lists the fonts
	@touch $@

# The same pins for every system and Python, each file with its hash. Wants uv.
COMPILE = uv pip compile --universal --python-version 3.11 --upgrade --generate-hashes \
  --no-emit-index-url --no-header --no-annotate --quiet
lock:
	sed '/^-e/d' requirements.txt | $(COMPILE) - -o requirements.lock
	$(COMPILE) tests/requirements-audit.txt -o tests/requirements-audit.lock
	$(COMPILE) tests/requirements-lab.txt -c requirements.lock -o tests/requirements-lab.lock
	$(COMPILE) benchmarks/requirements.txt -c requirements.lock -o benchmarks/requirements.lock

$(VENV)/.bench: benchmarks/requirements.lock $(VENV)/.ready
	$(VENV)/$(INSTALL) $<
	$(VENV)/$(PIP) check
	@touch $@

# The chapters in JupyterLab.
lab: $(LAB)/.ready
	JUPYTER_PATH="$(abspath $(LAB))/share/jupyter:$(abspath $(VENV))/share/jupyter" \
	  $(LAB)/bin/jupyter lab notebooks/explorer.ipynb

# JupyterLab in an environment of its own, since what it brings would slow down the start of every
# kernel. Its kernel is the Python of the environment beside it, and so are the widgets.
$(LAB)/.ready: tests/requirements-lab.lock $(VENV)/.ready
	$(PYTHON) -m venv --clear $(LAB)
	$(LAB)/$(INSTALL) $<
	$(LAB)/$(PIP) check
	$(VENV)/bin/python -m ipykernel install --prefix $(LAB)
	@touch $@

$(VENV)/audit/.ready: tests/requirements-audit.lock
	$(PYTHON) -m venv --clear $(VENV)/audit
	$(VENV)/audit/$(INSTALL) $<
	$(VENV)/audit/$(PIP) check
	@touch $@

# Formulas are served from the book itself: a page needs no network.
$(VENDOR)/.ready: package.json package-lock.json | $(VENV)/.ready
	PATH="$(NPM_PATH)" npm ci
	rm -rf $(VENDOR)
	mkdir -p $(VENDOR)/mathjax/input $(VENDOR)/mathjax/output
	cp -r $(addprefix node_modules/mathjax/es5/,a11y sre ui tex-chtml.js) $(VENDOR)/mathjax/
	cp -r node_modules/mathjax/es5/input/tex $(VENDOR)/mathjax/input/
	cp -r node_modules/mathjax/es5/output/chtml $(VENDOR)/mathjax/output/
	@touch $@

clean:
	rm -rf _build
