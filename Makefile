# make run       the locked environment, then the whole pipeline on the default configuration
# make test      the same environment, then all tests, in two processes
# make test-slurm
#                the tests on a real SLURM, started on this machine from Debian's packages (apt-get install slurm-wlm munge)
# make restore   the recorded results from the DVC remote, and Snakemake told that they are up to date
# make record    the results that are here as DVC's, after a run outside `dvc repro`; both are about config.yaml alone
#
# Options:  make run CONFIG=config/real-cpu.yaml OPTIONS="--config mirror=/data/mirror"
#           make run PIP_OPTIONS="--extra-index-url https://download.pytorch.org/whl/cpu"    torch's small CPU build
#           make restore REMOTE=lab                                                       another DVC remote than the default one
#           make test PYTEST_OPTIONS="-m 'not whole_run'"                                  without the runs of minutes

PYTHON ?= python3
CORES ?= all
CONFIG ?= config.yaml
OPTIONS ?=
PIP_OPTIONS ?=
REMOTE ?=
PYTEST_OPTIONS ?=

# Rules call `python -m bioalbert`: the environment's own python must come first.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: run test test-slurm lint environment restore record of-config-yaml

run: environment
	snakemake show_results --cores $(CORES) --configfile $(CONFIG) $(OPTIONS)

# The order is that of tests/conftest.py, which puts the longest tests first.
test: environment lint
	python -m pytest --numprocesses 2 --no-loadscope-reorder $(PYTEST_OPTIONS)

test-slurm: environment
	python -m pytest tests/slurm --slurm $(PYTEST_OPTIONS)

lint: environment
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	snakemake --lint

# Snakemake's records do not travel with DVC; made anew they must describe what dvc.lock describes.
restore: of-config-yaml environment
	dvc pull $(if $(REMOTE),--remote $(REMOTE))
	dvc status --quiet || { echo "the results are not those of dvc.lock (see dvc status): check out its commit" >&2; exit 1; }
	snakemake --cores $(CORES) --touch --forceall

# dvc.lock will name the settings of config.yaml: they must be those that made the results.
record: of-config-yaml environment
	python -m bioalbert guard
	snakemake --dry-run --quiet rules 2>&1 | grep --quiet "Nothing to be done" || \
		{ echo "the results are not those of config.yaml (see snakemake --dry-run): run it first" >&2; exit 1; }
	dvc commit --force

of-config-yaml:
	@test "$(CONFIG)" = config.yaml || \
		{ echo "DVC keeps the results of config.yaml, not of $(CONFIG): see README.md, Versions of results" >&2; exit 1; }

environment: .venv/ready

.venv/ready: envs/requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or newer is needed; set PYTHON=')"
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install $(PIP_OPTIONS) --requirement envs/requirements.lock
	.venv/bin/python -m pip install $(PIP_OPTIONS) --no-deps --editable .
	touch $@
