"""Order in time of the stepper, on a problem that the mesh resolves exactly.

A nonlinear diffusion with a storage that is nonlinear in its unknown, M = int p(c) c v, and an algebraic potential
whose conductivity depends on c. The manufactured fields are quadratic in space, which P2 holds exactly: what is
left is the error in time.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from femcell.constants import FARADAY
from femcell.physics.electrolyte import salt_storage
from femcell.physics.solid import electronic_conduction, lithium_diffusion
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.newton import Newton
from femcell.solvers.settings import TimeSettings
from femcell.solvers.stepper import Stepper
from femcell.system import System
from tests.convergence.manufactured import SOLVER, L, Unknown, held_outside, interpolate, order, unknown_field

pytestmark = pytest.mark.mpi

PERIOD, END = 12.0, 10.0
"""s"""

STEPS = (160, 240, 320, 480)


def _bump(x: Any) -> Any:
    return 4 * x[0] / L * (1 - x[0] / L)


def _c(x: Any, t: Any) -> Any:
    return 1000 * (1 + 0.4 * _bump(x) * ufl.sin(2 * ufl.pi * t / PERIOD + 0.5))


def _phi(x: Any, t: Any) -> Any:
    return 0.05 * _bump(x) * ufl.cos(2 * ufl.pi * t / PERIOD)


@dataclass(frozen=True, eq=False)
class Problem:
    """A system whose sources follow `time`."""

    system: System
    time: fem.Constant
    exact: tuple[Callable[[Any, Any], Any], ...] = (_c, _phi)


def problem() -> Problem:
    """Four P2 cells on a line."""
    line = mesh.create_interval(MPI.COMM_WORLD, 4, [0.0, L], ghost_mode=mesh.GhostMode.shared_facet)
    spaces = [fem.functionspace(line, ("Lagrange", 2)) for _ in range(2)]
    arguments = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
    unit = 10.0  # A/m2
    unknowns = (Unknown("c", "mol/m3", lambda x: x, 0.0), Unknown("phi", "V", lambda x: x, 0.0))
    rows = [fem.Constant(line, FARADAY / unit), fem.Constant(line, L / unit)]
    fields = tuple(
        unknown_field(u, V, row * v, stored=u.name == "c")
        for u, V, row, v in zip(unknowns, spaces, rows, arguments, strict=True)
    )
    (c, phi), (v, psi) = zip(*[(f.function, f.test) for f in fields], strict=True)
    dx = ufl.Measure("dx", domain=line, metadata={"quadrature_degree": 10})
    now, x = fem.Constant(line, 0.0), ufl.SpatialCoordinate(line)

    def porosity(c: Any) -> Any:
        return 0.4 + 2e-4 * c

    def diffusivity(c: Any) -> Any:
        return 1e-14 * c

    def conductivity(c: Any) -> Any:
        return 1e-3 * c

    t = ufl.variable(now)
    c_x, phi_x = _c(x, t), _phi(x, t)
    gained = ufl.diff(porosity(c_x) * c_x, t) - ufl.div(diffusivity(c_x) * ufl.grad(c_x))
    drawn = -ufl.div(conductivity(c_x) * ufl.grad(phi_x))
    residual = (
        lithium_diffusion(c, v, dx, diffusivity=diffusivity(c))
        + electronic_conduction(phi, psi, dx, conductivity=conductivity(c))
        - gained * v * dx
        - drawn * psi * dx
    )
    bcs = tuple(held_outside(V) for V in spaces)
    return Problem(System(line, fields, salt_storage(c, v, dx, porosity=porosity(c)), residual, bcs), now)


def final_errors(steps: np.ndarray, formula: int) -> np.ndarray:
    """Largest nodal errors of c (over 1000 mol/m3) and phi (over 0.05 V) after steps of the given lengths."""
    p = problem()
    for field, exact in zip(p.system.fields, p.exact, strict=True):
        x = ufl.SpatialCoordinate(p.system.mesh)
        interpolate(field.function, exact(x, p.time))
    discrete = Discrete(p.system, Clock())
    newton = Newton(discrete, SOLVER)
    stepper = Stepper(discrete, newton, TimeSettings(max_order=formula))

    def prepare(time: float) -> None:
        p.time.value = time

    stepper.start(0.0)
    for length in steps:
        stepper.order = formula  # no choice: the first step takes what the history allows
        trial = stepper.solve_to(stepper.time + length, prepare)
        stepper.accept(trial)
    newton.unused_options()
    found = []
    for field, exact, scale in zip(p.system.fields, p.exact, (1000.0, 0.05), strict=True):
        values = fem.Function(field.function.function_space)
        interpolate(values, exact(ufl.SpatialCoordinate(p.system.mesh), p.time))
        worst = np.abs(values.x.array - field.function.x.array).max(initial=0.0)
        found.append(discrete.comm.allreduce(worst, op=MPI.MAX) / scale)
    return np.array(found)


def fixed(count: int) -> np.ndarray:
    """Equal steps."""
    return np.full(count, END / count)


def alternating(count: int) -> np.ndarray:
    """Long and short steps in turn, 3 to 2."""
    lengths = np.where(np.arange(count) % 2, 2.0, 3.0)
    return END * lengths / lengths.sum()


@pytest.mark.parametrize("formula", [1, 2])
@pytest.mark.parametrize("lengths", [fixed, alternating])
def test_order_in_time(lengths: Callable[[int], np.ndarray], formula: int) -> None:
    errors = np.array([final_errors(lengths(n), formula) for n in STEPS])
    found = [order([1 / n for n in STEPS], column) for column in errors.T]
    # The potential is algebraic: its error follows that of the concentration.
    assert found == pytest.approx([formula, formula], abs=0.1), found
    assert errors.min() > 1e-9, "rounding, not the formula, is what is left"
