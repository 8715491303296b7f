"""Time steps of a cell at 1C, measured part by part: what `resolved_case.py` and `pouch_case.py` share."""

import json
import time
from typing import Any

import femcell as fc
from femcell.io.summary import peak_memory
from femcell.prepared import Cell
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.stepper import Stepper

RAMP = tuple(0.01 * 3**i for i in range(7))
"""Steps before the measured ones, s: from the consistent state to where a discharge spends its time."""

STEP = 20.0
"""Measured steps, s; a 1C discharge takes about a hundred such."""


def measure(cell: Cell, linear: str, steps: int) -> dict[str, Any]:
    """What a step takes in the mean of `steps`, after a ramp; collective. Times are those of the first rank."""
    system, clock = cell.system, Clock()
    comm = system.mesh.comm
    discrete = Discrete(system, clock)
    newton = Newton(discrete, fc.SolverSettings(linear=fc.LinearSolver(linear)))
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
    for _ in range(steps):
        trial = stepper.solve_to(stepper.time + STEP)
        stepper.accept(trial)
        iterations += trial.newton.iterations
        krylov += trial.newton.krylov
    wall = time.perf_counter() - begun
    spent = {k: (v - before.get(k, 0.0)) / steps for k, v in clock.seconds.items()}
    assembly = spent.get("residual", 0.0) + spent.get("jacobian", 0.0)
    memory = peak_memory(comm)
    return {
        "unknowns": system.size(),
        "macroscopic": sum(f.size for f in system.fields if f.components == 1),
        "ranks": comm.size,
        "linear": linear,
        "newton_per_step": iterations / steps,
        "krylov_per_newton": krylov / iterations,
        "step_s": wall / steps,
        "assembly_s": assembly,
        "preconditioner_s": spent.get("preconditioner", 0.0),
        "krylov_s": spent["solve"] - assembly - spent.get("preconditioner", 0.0),
        "memory_GiB": memory["total_GiB"],
        "voltage_V": discrete.scalar(system.field("voltage")),
    }


def tell(row: dict[str, Any]) -> None:
    """One line of JSON, on the first rank."""
    if fc.MPI.COMM_WORLD.rank == 0:
        print(json.dumps(row))
