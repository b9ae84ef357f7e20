# Two commands do everything: `make demo` and `make test`. Neither needs root, Docker or a cluster.

PYTHON ?= python3
BIN    := .venv/bin
TRAIN  := .venv-train/bin
# So many tests run side by side as the machine has cores; those of one file stay together.
WORKERS ?= auto
APART  := --ignore tests/model --ignore tests/judges --ignore tests/containers --ignore tests/cluster

.PHONY: demo stop dist docs test test-model test-judges test-containers test-cluster lint coverage mutation bench picture lock clean help

help: ## What there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

demo: .venv/tool ## Set up, check, draw, deploy and watch the three samples here, and caption a picture
	@$(BIN)/python tools/demo.py

stop: .venv/tool ## Stop everything that make demo started
	@$(BIN)/python tools/demo_monitor.py stop
	@$(BIN)/platform stop --all

test: .venv/dev lint test-model ## Set up and pass every test
	$(BIN)/python -m pytest -c platform/pyproject.toml --rootdir . tests $(APART) -q -rs -n $(WORKERS) --dist loadfile

coverage: .venv/dev ## The same tests but for the model's, and what of the tool and of servicekit they reach, by branch
	$(BIN)/python -m pytest -c platform/pyproject.toml --rootdir . tests $(APART) -q -rs -n $(WORKERS) --dist loadfile --cov --cov-config=platform/pyproject.toml --cov-report=term

mutation: .venv-mutation/ready ## Small changes of the code that no test notices: AREA is graph, rules, deploy or probe
	.venv-mutation/bin/python -m tools.mutation.run $(or $(AREA),graph) --jobs $(or $(JOBS),2)

bench: .venv/dev ## What the commands cost beside named baselines, as a page of the documentation
	$(BIN)/python -m tools.bench.table

lint: .venv/dev ## Style, types, layers
	$(BIN)/ruff check --config platform/pyproject.toml platform services tools tests
	$(BIN)/mypy --config-file platform/pyproject.toml
	cd platform && ../$(BIN)/lint-imports --config pyproject.toml

test-model: .venv-train/ready ## The captioning model's tools, beside TensorFlow
	$(TRAIN)/python -m pytest -c platform/pyproject.toml --rootdir . tests/model -q

picture: .venv/tool ## Draw the README's picture again
	$(BIN)/platform render-graph --layout wheel -o platform/docs/architecture.svg

test-judges: .venv/dev .venv-judges/ready ## checkov on everything that is generated
	$(BIN)/python -m pytest -c platform/pyproject.toml --rootdir . tests/judges -q

test-containers: .venv/dev ## The samples' images, built and run with podman; no registry is asked (root, debootstrap)
	$(BIN)/python -m pytest -c platform/pyproject.toml --rootdir . tests/containers -q

test-cluster: .venv/dev ## The Kubernetes target on the cluster that KUBECONFIG names; leaves it as it was
	$(BIN)/python -m pytest -c platform/pyproject.toml --rootdir . tests/cluster -q

dist: .venv/dev .venv-release/ready ## Build what users install, check it, and try it in an empty environment
	@$(BIN)/python -m tools.release.dist

docs: .venv/dev .venv-docs/ready ## The documentation as a site in site/, without a warning
	@$(BIN)/python -m tools.docs.site

lock: .venv/dev ## Lock every dependency again, with hashes and without addresses
	$(BIN)/python tools/lock.py

clean: ## Remove what make made; deployed services must be stopped first
	rm -rf .venv .venv-train .venv-judges .venv-release .venv-docs .venv-mutation

.venv/python:
	@$(PYTHON) -c 'import sys; sys.exit("Oneway needs Python 3.11 or newer; this is %s. Try: make PYTHON=python3.12 …" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv .venv || { echo "python3 -m venv failed: on Debian and Ubuntu install python3-venv"; exit 1; }
	@touch $@

.venv/tool: .venv/python platform/requirements.txt platform/pyproject.toml
	@echo "setting up Oneway …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r platform/requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e platform
	@touch $@

.venv/dev: .venv/tool platform/requirements-dev.txt
	@echo "setting up the tests …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r platform/requirements-dev.txt
	@touch $@

.venv-train/ready: tools/requirements.txt
	@echo "setting up TensorFlow for the model's tests …"
	@$(PYTHON) -m venv .venv-train
	@$(TRAIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tools/requirements.txt
	@touch $@

.venv-judges/ready: tests/judges/requirements.txt
	@echo "setting up checkov …"
	@$(PYTHON) -m venv .venv-judges
	@.venv-judges/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tests/judges/requirements.txt
	@touch $@

.venv-release/ready: tools/release/requirements.txt
	@echo "setting up what a release is built and checked with …"
	@$(PYTHON) -m venv .venv-release
	@.venv-release/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tools/release/requirements.txt
	@touch $@

.venv-docs/ready: tools/docs/requirements.txt
	@echo "setting up what the documentation is built with …"
	@$(PYTHON) -m venv .venv-docs
	@.venv-docs/bin/pip install --quiet --disable-pip-version-check --require-hashes -r tools/docs/requirements.txt
	@touch $@

.venv-mutation/ready: platform/requirements-dev.txt tools/mutation/requirements.txt
	@echo "setting up mutmut beside the tests' packages …"
	@$(PYTHON) -m venv .venv-mutation
	@.venv-mutation/bin/pip install --quiet --disable-pip-version-check --require-hashes -r platform/requirements-dev.txt -r tools/mutation/requirements.txt
	@touch $@
