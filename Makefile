# Every target sets up what it needs first (scripts/bootstrap; quick when nothing has changed).
# FEMCELL_PYTHON=/path/to/python takes an environment that has DOLFINx already instead of making .venv.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup demo demo-image demo-bridge test lint test-serial test-mpi release-check bench-resolved bench-dfn bench-pouch bench-tortuosity bench-coupling bench-particle bench-image clean

# The environment's own python, mpirun and femcell come first; where it has no mpirun, the machine's is taken.
export PATH := $(if $(FEMCELL_PYTHON),$(dir $(FEMCELL_PYTHON)),$(CURDIR)/.venv/bin):$(PATH)
# One thread a rank: BLAS threads beside MPI ranks only fight for the cores.
export OMP_NUM_THREADS ?= 1
# Without a fabric UCX may still try cards it cannot open; with one it must be left to choose.
ifeq ($(wildcard /sys/class/infiniband/* /sys/class/cxi/*),)
export UCX_TLS ?= self,sm,tcp
endif

DEMO := nmc_half_cell

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## make .venv with femcell, DOLFINx, plots and mesh generators in it
	@scripts/bootstrap plot mesh

demo: ## discharge a resolved 3D half cell on 2 ranks; pictures and tables in out/nmc_half_cell
	@scripts/bootstrap plot
	rm -rf out/$(DEMO)
	mpirun -n 2 femcell run demos/$(DEMO).toml

demo-image: ## from an image to a mesh to a voltage curve, on 2 ranks; pictures in out/image_half_cell
	@scripts/bootstrap plot image
	mpirun -n 2 python demos/image_half_cell.py

demo-bridge: ## a microstructure, its DFN and what lies between them; in out/bridge
	@scripts/bootstrap plot
	rm -rf out/bridge
	femcell bridge demos/bridge.toml --radius 10.6um --scales 1 3 5 7

test: lint test-serial test-mpi ## all that has to pass: linters, types, layers, tests on 1, 2 and 3 ranks

lint: ## ruff, mypy, import-linter
	@scripts/bootstrap test
	ruff check .
	ruff format --check .
	mypy
	lint-imports

test-serial: ## pytest on one rank; then the command line, and last what starts more ranks than share the cores well
	@scripts/bootstrap test
	python -m pytest --durations 12 -n auto --maxprocesses 8 --dist worksteal --ignore tests/cli --ignore tests/mpi --ignore tests/fuzz/test_processes.py
	python -m pytest -n auto --maxprocesses 8 --dist loadfile tests/cli -k "not 2ranks"
	python -m pytest --durations 12 tests/cli tests/mpi tests/fuzz/test_processes.py -k "2ranks or test_ranks or test_processes"

test-mpi: ## the tests marked mpi on 2 ranks, the quick ones on 3 (more ranks than cores crawl)
	@scripts/bootstrap test
	scripts/mpi-pytest 2 -m mpi --durations 12
	scripts/mpi-pytest 3 -m mpi -k "not coupling and not effective" tests/unit

release-check: ## build wheel and sdist, install each extra alone with Python 3.12 and 3.13, and use it from outside
	@"$$(scripts/bootstrap --python)" scripts/release_check.py

bench-resolved: ## time per step, iterations and memory of the resolved half cell up to 1M unknowns
	@scripts/bootstrap bench
	python benchmarks/resolved.py

bench-dfn: ## error against time of the DFN beside PyBaMM, set-up, memory, sweeps
	@scripts/bootstrap bench
	python benchmarks/dfn.py

bench-pouch: ## time per step, iterations and memory of a 3D pouch up to 500k macroscopic unknowns, on 1 to 6 ranks
	@scripts/bootstrap bench
	python benchmarks/pouch.py

bench-tortuosity: ## femcell, TauFactor and PoreSpy on 100 and 200 voxels a side: time, memory, agreement
	@scripts/bootstrap tortuosity
	python benchmarks/tortuosity.py

bench-coupling: ## error against time of every coupling strategy, weakly and strongly coupled
	@scripts/bootstrap bench
	python benchmarks/coupling.py

bench-particle: ## iterations of elastic multigrid up to 1M unknowns and of phase fields; PFHub's benchmark 1 beside other codes
	@scripts/bootstrap bench
	python benchmarks/elastic.py
	mpirun -n 2 python benchmarks/lithiation.py
	python benchmarks/particle.py

bench-image: ## images of 100 voxels a side as tetrahedra: time, truth to the image, tortuosity against the voxels
	@scripts/bootstrap image
	python benchmarks/image_mesh.py

clean: ## remove runs, builds and caches; .venv stays
	rm -rf out build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
