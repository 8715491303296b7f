"""PFHub benchmark 1, spinodal decomposition: one domain, one mesh; prints one line of JSON.

Jokisaari et al., Comput. Mater. Sci. 126 (2017) 139; pages.nist.gov/pfhub/benchmarks/benchmark1.ipynb. Run as
`mpirun -n 2 python benchmarks/pfhub_case.py b --cells 50 --until 1e4`. Lengths, times and energies have no unit there;
they are taken as SI.
"""

from mpi4py import MPI  # isort: skip  # first: DOLFINx finds its MPI library through it

import argparse
import json
import time

import basix.ufl
import numpy as np
import ufl
from dolfinx import mesh

import femcell as fc
from femcell.geometry.periodic import periodic_rectangle
from femcell.materials.free_energy import double_well
from femcell.materials.phase_field import PhaseField

EDGE = 200.0
TIMES = (1.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 3e3, 1e4, 1e5, 1e6)
EXACT = {"b": 319.04328, "c": 31.88361}
"""Free energy at the start, by quadrature of the initial condition."""


def phase() -> PhaseField:
    """The binary alloy of the benchmark."""
    well = double_well(5.0, 0.3, 0.7, 1.0, source="PFHub benchmark 1")
    return PhaseField(free_energy=well, gradient_energy=2.0, mobility=5.0)


def start(x: np.ndarray) -> np.ndarray:
    """The initial composition of domains a, b and c, shape (points,)."""
    a = np.cos(0.105 * x[0]) * np.cos(0.11 * x[1])
    b = (np.cos(0.13 * x[0]) * np.cos(0.087 * x[1])) ** 2
    c = np.cos(0.025 * x[0] - 0.15 * x[1]) * np.cos(0.07 * x[0] - 0.02 * x[1])
    return np.asarray(0.5 + 0.01 * (a + b + c))


def body(domain: str, cells: int) -> mesh.Mesh:
    """Squares: periodic (a), closed (b), or a T of two 20 x 100 bars (c); `cells` along 200."""
    comm = MPI.COMM_WORLD
    if domain == "a":
        return periodic_rectangle(comm, (EDGE, EDGE), (cells, cells))
    if domain == "b":
        return mesh.create_rectangle(comm, [np.zeros(2), np.full(2, EDGE)], (cells, cells), mesh.CellType.quadrilateral)
    h = EDGE / cells
    bar, stem = round(100 / h), round(20 / h)
    left = round(40 / h)
    wanted = [(i, j) for j in range(bar, bar + stem) for i in range(-left, bar - left)]
    wanted += [(i, j) for j in range(bar) for i in range(stem)]
    at = np.array(wanted)[:, None, :] + np.array([(0, 0), (1, 0), (0, 1), (1, 1)])
    points, numbers = np.unique(at.reshape(-1, 2), axis=0, return_inverse=True)
    here = comm.rank == 0
    element = ufl.Mesh(basix.ufl.element("Lagrange", "quadrilateral", 1, shape=(2,)))
    quads = numbers.reshape(-1, 4) if here else np.empty((0, 4), dtype=np.int64)
    return mesh.create_mesh(comm, quads, element, points * h if here else np.empty((0, 2)))


def main() -> None:
    """Run one case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("domain", choices=("a", "b", "c"))
    parser.add_argument("--cells", type=int, default=50)
    parser.add_argument("--until", type=float, default=1e4)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    options = parser.parse_args()
    model = fc.CahnHilliard(body(options.domain, options.cells), phase(), start, degree=2, label="PFHub 1")
    prepared = fc.prepare(model)  # forms are compiled once per machine: not part of the run
    began, cpu = time.perf_counter(), time.process_time()
    result = fc.simulate(
        prepared,
        [f"Rest for {options.until} s"],
        time=fc.TimeSettings(tolerance=options.tolerance, first_step=0.1),
        progress=False,
    )
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    cpu = MPI.COMM_WORLD.allreduce(cpu)
    if MPI.COMM_WORLD.rank == 0:
        t, energy = result.time, result.series["free_energy_J"]
        mass = result.series["lithium_mol"]
        told = {f"{s:g}": float(np.interp(s, t, energy)) for s in TIMES if s <= options.until}
        row = {
            "domain": options.domain,
            "cells": options.cells,
            "unknowns": model.system.size(),
            "ranks": MPI.COMM_WORLD.size,
            "until": float(t[-1]),
            "wall_s": wall,
            "cpu_s": cpu,
            "steps": result.summary["iterations"],
            "start": float(energy[0]),
            "energy": told,
            "end": float(energy[-1]),
            "largest_rise": float(np.diff(energy).max()),
            "mass_drift": float(np.ptp(mass) / mass[0]),
        }
        print(json.dumps(row))


if __name__ == "__main__":
    main()
