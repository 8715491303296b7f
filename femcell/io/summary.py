"""The summary of a run: what was solved, with what, how long it took and how well it closed."""

import json
import platform
import resource
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import dolfinx
import numpy as np
from mpi4py import MPI
from petsc4py import PETSc

from femcell.io.atomic import write_atomically, writing
from femcell.io.reading import read_table
from femcell.solvers.discrete import Clock
from femcell.system import System

NAME = "summary.json"


def versions() -> dict[str, str]:
    """Versions of what the figures depend on."""
    try:
        own = version("femcell")
    except PackageNotFoundError:
        own = "not installed"
    return {
        "femcell": own,
        "python": platform.python_version(),
        "dolfinx": str(dolfinx.__version__),
        "petsc": ".".join(map(str, PETSc.Sys.getVersion())),
        "numpy": np.__version__,
        "mpi": MPI.Get_library_version().splitlines()[0].strip().rstrip("\x00"),
    }


def peak_memory(comm: MPI.Comm) -> dict[str, float]:
    """Peak resident memory in GiB, the sum over the ranks and the largest of one."""
    unit = 1024.0 if platform.system() == "Linux" else 1.0
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1024**3
    return {
        "total_GiB": float(comm.allreduce(mine)),
        "largest_rank_GiB": float(comm.allreduce(mine, op=MPI.MAX)),
    }


def sizes(system: System) -> dict[str, Any]:
    """Cells and unknowns."""
    topology = system.mesh.topology
    return {
        "dimension": int(topology.dim),
        "cells": int(topology.index_map(topology.dim).size_global),
        "nodes": int(system.mesh.geometry.index_map().size_global),
        "unknowns": system.size(),
        "unknowns_by_field": {f.name: f.size for f in system.fields},
    }


def time_per_part(comm: MPI.Comm, clock: Clock, before: Mapping[str, float]) -> dict[str, float]:
    """Seconds per part since the clock showed `before`, the largest over the ranks."""
    names = comm.bcast(sorted(clock.seconds), root=0)
    spent = {name: clock.seconds.get(name, 0.0) - before.get(name, 0.0) for name in names}
    return {name: float(comm.allreduce(value, op=MPI.MAX)) for name, value in spent.items()}


def write_summary(comm: MPI.Comm, folder: Path, content: Mapping[str, Any]) -> None:
    """Write the summary; collective."""
    text = json.dumps({**content, "written": time.strftime("%Y-%m-%dT%H:%M:%S")}, indent=2, default=_plain)
    writing(comm, folder / NAME, lambda: write_atomically(folder / NAME, text + "\n"))


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary of an earlier run; empty where there is none (yet).

    Raises:
        InputError: it is damaged.
    """
    try:
        return read_table(folder / NAME, "remove the file, then resume: the run writes it again")
    except FileNotFoundError:
        return {}


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    return str(value)
