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
from femcell.solvers.settings import LinearSolver, SolverSettings

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


def start_on_sphere(x: np.ndarray) -> np.ndarray:
    """That of domain d, which jumps across the meridian of Greenwich's other side, shape (points,)."""
    theta, phi = np.arccos(np.clip(x[2] / np.linalg.norm(x, axis=0), -1, 1)), np.arctan2(x[1], x[0])
    a = np.cos(8 * theta) * np.cos(15 * phi) + (np.cos(12 * theta) * np.cos(10 * phi)) ** 2
    return np.asarray(0.5 + 0.05 * (a + np.cos(2.5 * theta - 1.5 * phi) * np.cos(7 * theta - 2 * phi)))


def sphere(comm: MPI.Comm, radius: float, cells: int) -> mesh.Mesh:
    """The surface of a sphere: six faces of a cube of `cells` x `cells` curved quadrilaterals of degree 2."""
    n = 2 * cells + 1
    s = np.tan(np.linspace(-np.pi / 4, np.pi / 4, n))  # equal angles
    u, v = (a.ravel() for a in np.meshgrid(s, s, indexing="ij"))
    faces = [np.roll([u, v, np.full(n * n, side)], turn, axis=0).T for turn in range(3) for side in (-1.0, 1.0)]
    points, numbers = np.unique(np.round(np.concatenate(faces), 12), axis=0, return_inverse=True)
    points *= radius / np.linalg.norm(points, axis=1)[:, None]
    i, j = (2 * a.ravel() for a in np.meshgrid(np.arange(cells), np.arange(cells), indexing="ij"))
    # Corners, middles of edges, centre, as Basix numbers them.
    at = np.array([(0, 0), (2, 0), (0, 2), (2, 2), (1, 0), (0, 1), (2, 1), (1, 2), (1, 1)])
    local = (i[:, None] + at[:, 0]) * n + j[:, None] + at[:, 1]
    quads = numbers.reshape(6, -1)[:, local].reshape(-1, 9)
    element = ufl.Mesh(basix.ufl.element("Lagrange", "quadrilateral", 2, shape=(3,)))
    here = comm.rank == 0
    return mesh.create_mesh(comm, quads if here else quads[:0], element, points if here else points[:0])


def body(domain: str, cells: int) -> mesh.Mesh:
    """Squares: periodic (a), closed (b); a T of two 20 x 100 bars (c); a sphere (d); `cells` along 200."""
    comm = MPI.COMM_WORLD
    if domain == "a":
        return periodic_rectangle(comm, (EDGE, EDGE), (cells, cells))
    if domain == "b":
        return mesh.create_rectangle(comm, [np.zeros(2), np.full(2, EDGE)], (cells, cells), mesh.CellType.quadrilateral)
    if domain == "d":
        return sphere(comm, EDGE / 2, round(cells * np.pi / 4))
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
    parser.add_argument("domain", choices=("a", "b", "c", "d"))
    parser.add_argument("--cells", type=int, default=50)
    parser.add_argument("--until", type=float, default=1e4)
    parser.add_argument("--tolerance", type=float, default=1e-3)
    parser.add_argument("--iterative", action="store_true", help="multigrid in place of a factorisation")
    options = parser.parse_args()
    begin = start_on_sphere if options.domain == "d" else start
    model = fc.CahnHilliard(body(options.domain, options.cells), phase(), begin, degree=2, label="PFHub 1")
    linear = LinearSolver.ITERATIVE if options.iterative else LinearSolver.AUTO
    solver = SolverSettings(linear, residual_tolerance=1e-8)  # of what fills the body while an interface forms
    prepared = fc.prepare(model, solver)  # forms are compiled once per machine: not part of the run
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
            "tolerance": options.tolerance,
            "seconds": result.summary["seconds"],
            "unknowns": model.system.size(),
            "ranks": MPI.COMM_WORLD.size,
            "until": float(t[-1]),
            "wall_s": wall,
            "cpu_s": cpu,
            **result.summary["iterations"],
            "start": float(energy[0]),
            "energy": told,
            "end": float(energy[-1]),
            "largest_rise": float(np.diff(energy).max()),
            "mass_drift": float(np.ptp(mass) / mass[0]),
        }
        print(json.dumps(row))


if __name__ == "__main__":
    main()
