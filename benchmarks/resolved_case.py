"""One case of `benchmarks/resolved.py`: a mesh, a linear solver, some ranks; prints one line of JSON.

Run as `mpirun -n 2 python benchmarks/resolved_case.py MESH --linear iterative --steps 6`.
"""

import argparse
import json
import time

import femcell as fc
from femcell.io.summary import peak_memory
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.stepper import Stepper

RAMP = tuple(0.01 * 3**i for i in range(7))
"""Steps before the measured ones, s: from the consistent state to where a discharge spends its time."""

STEP = 20.0
"""Measured steps, s; a 1C discharge takes about a hundred such."""


def half_cell(mesh: str) -> fc.ResolvedCell:
    """The demo's half cell on another mesh."""
    chen = fc.library.chen2020()
    return fc.ResolvedCell(
        fc.read_msh(mesh, unit="um"),
        electrolyte=chen.electrolyte,
        regions={"separator": chen.separator, "nmc": chen.positive.active, "foil": fc.library.aluminium()},
        terminals={"positive": "foil_top", "negative": fc.LithiumMetal("lithium")},
    )


def main() -> None:
    """Measure one case."""
    parser = argparse.ArgumentParser()
    parser.add_argument("mesh")
    parser.add_argument("--linear", default="iterative")
    parser.add_argument("--steps", type=int, default=6)
    options = parser.parse_args()
    cell = half_cell(options.mesh)
    system, clock = cell.system, Clock()
    comm = system.mesh.comm
    discrete = Discrete(system, clock)
    newton = Newton(discrete, fc.SolverSettings(linear=fc.LinearSolver(options.linear)))
    stepper = Stepper(discrete, newton, fc.TimeSettings())
    system.initialise()
    assert system.control is not None
    system.control.hold_current(cell.c_rate_capacity_Ah)
    stepper.start(0.0)
    for step in RAMP:
        stepper.order = 1
        stepper.accept(stepper.solve_to(stepper.time + step))
    before, begun = dict(clock.seconds), time.perf_counter()
    iterations = krylov = 0
    for _ in range(options.steps):
        trial = stepper.solve_to(stepper.time + STEP)
        stepper.accept(trial)
        iterations += trial.newton.iterations
        krylov += trial.newton.krylov
    wall = time.perf_counter() - begun
    spent = {k: (v - before.get(k, 0.0)) / options.steps for k, v in clock.seconds.items()}
    assembly = spent.get("residual", 0.0) + spent.get("jacobian", 0.0)
    memory = peak_memory(comm)
    if comm.rank == 0:
        print(
            json.dumps(
                {
                    "unknowns": system.size(),
                    "ranks": comm.size,
                    "linear": options.linear,
                    "newton_per_step": iterations / options.steps,
                    "krylov_per_newton": krylov / iterations,
                    "step_s": wall / options.steps,
                    "assembly_s": assembly,
                    "preconditioner_s": spent.get("preconditioner", 0.0),
                    "krylov_s": spent["solve"] - assembly - spent.get("preconditioner", 0.0),
                    "memory_GiB": memory["total_GiB"],
                }
            )
        )


if __name__ == "__main__":
    main()
