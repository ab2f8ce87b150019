# One verb a line; every verb sets up what it needs, and a second call does not.
VENV := .venv
PY := $(VENV)/bin/python
# As many tests at once as there are processors, four at most.
PYTEST := $(PY) -m pytest -n auto --maxprocesses=4
STAMP := $(VENV)/.installed

.PHONY: demo test test-commit test-long check format serve bench bench-shacl bench-rewrite bench-load bench-forks clean

$(STAMP): pyproject.toml
	@.ci/setup $(VENV)
	@touch $@

demo: $(STAMP)
	@$(PY) -m benchmarks.demo

test: $(STAMP)
	@$(PYTEST) -m "not long"

test-commit: $(STAMP)
	@$(PY) -m pytest -m commit

test-long: $(STAMP)
	@$(PYTEST)

check: $(STAMP)
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

format: $(STAMP)
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

serve: $(STAMP)
	@test -d demo-workspace || $(VENV)/bin/aims --workspace demo-workspace init --example
	@$(VENV)/bin/aims --workspace demo-workspace serve

bench: $(STAMP)
	@$(PY) -m benchmarks.measure

# Peers are measured where they are installed: pip install --group bench
bench-shacl: $(STAMP)
	@$(PY) -m benchmarks.shacl
	@$(PY) -m benchmarks.changes

bench-rewrite: $(STAMP)
	@$(PY) -m benchmarks.rewrite

# Ordinary queries beside queries that never end.
bench-load: $(STAMP)
	@$(PY) -m benchmarks.load

# What a graph in memory takes, and a fork of who holds it.
bench-forks: $(STAMP)
	@$(PY) -m benchmarks.forks

clean:
	rm -rf $(VENV) demo-workspace demo-workspace-faults demo-workspace-federal dist build
