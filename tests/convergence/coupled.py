"""Two substances that diffuse, and a potential that both feed and that drives both: three systems that share fields.

    u' = A u'' - K u + g P p,    w' = B w'' - L w + g Q p,    -C p'' + p = u - w    on 0 < x < 1, no flux outside.

On a uniform mesh a constant and the nodal values of cos(pi x) are eigenvectors of these operators, so a start made of
them leaves ordinary differential equations with constant coefficients, which are solved exactly: no error in space.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.linalg
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from femcell.system import Balance, Field, Observable, System

CELLS = 8
A, B, C = 0.2, 0.5, 0.3
K, L = 1.0, 0.4
P, Q = 3.0, 2.0
START = {"u": (0.6, 1.0), "w": (0.2, 0.3), "p": (0.0, 0.0)}
"""Of the constant and of the cosine."""


class Coupled:
    """The three systems, added up.

    Attributes:
        systems: the equations of u, w and p, each with the others as coefficients.
        system: their sum.
    """

    def __init__(self, gain: float = 1.0) -> None:
        line = mesh.create_interval(MPI.COMM_WORLD, CELLS, [0.0, 1.0], ghost_mode=mesh.GhostMode.shared_facet)
        spaces = {name: fem.functionspace(line, ("Lagrange", 1)) for name in START}
        u, w, p = [fem.Function(V, name=name) for name, V in spaces.items()]
        g = fem.Constant(line, gain)
        self.mesh, self.gain = line, gain
        self.systems = (
            self._equation(u, True, lambda v: A * _dot(u, v) + (K * u - g * P * p) * v),
            self._equation(w, True, lambda v: B * _dot(w, v) + (L * w - g * Q * p) * v),
            self._equation(p, False, lambda v: C * _dot(p, v) + (p - u + w) * v),
        )
        first, second, third = self.systems
        self.system = first + second + third

    def _equation(self, function: fem.Function, stored: bool, flow: Callable[[Any], Any]) -> System:
        name, dx = function.name, ufl.Measure("dx", self.mesh)
        (v,) = ufl.TestFunctions(ufl.MixedFunctionSpace(function.function_space))
        observables = (Observable(f"amount_{name}", "mol", function * dx),)
        observables += (Observable(f"loss_{name}", "mol/s", flow(fem.Constant(self.mesh, 1.0)) * dx),)
        constant, wave = START[name]
        nodes = np.arange(len(self.mesh.geometry.x))

        def start() -> None:
            function.interpolate(lambda x: constant + wave * np.cos(np.pi * x[0]))

        return System(
            mesh=self.mesh,
            fields=(Field(name, "mol/m3", function, v, 1.0, stored=stored, parent_nodes=nodes),),
            storage=function * v * dx if stored else ufl.Form([]),
            residual=flow(v) * dx,
            observables=observables,
            balances=(Balance(name, (f"amount_{name}",) if stored else (), {f"loss_{name}": -1.0}, 1.0),),
            initialise=start,
            label=f"equation of {name}",
            digest=name,
        )

    def exact(self, time: float) -> npt.NDArray[np.float64]:
        """Amplitudes of u, w, p (rows) in the constant and the cosine (columns)."""
        h = 1.0 / CELLS
        wave = 6.0 / h**2 * (1.0 - np.cos(np.pi * h)) / (2.0 + np.cos(np.pi * h))
        found = np.zeros((3, 2))
        for column, eigenvalue in enumerate((0.0, wave)):
            fed = 1.0 / (C * eigenvalue + 1.0)  # p = fed (u - w)
            drive = self.gain * fed * np.array([[P, -P], [Q, -Q]])
            matrix = drive - np.diag([A * eigenvalue + K, B * eigenvalue + L])
            found[:2, column] = scipy.linalg.expm(time * matrix) @ [START["u"][column], START["w"][column]]
            found[2, column] = fed * (found[0, column] - found[1, column])
        return found

    def errors(self, time: float) -> npt.NDArray[np.float64]:
        """Largest nodal error of u, w and p; collective."""
        found = []
        for field, (constant, wave) in zip(self.system.fields, self.exact(time), strict=True):
            x = field.function.function_space.tabulate_dof_coordinates()[:, 0]
            wrong = np.abs(field.function.x.array - constant - wave * np.cos(np.pi * x)).max(initial=0.0)
            found.append(self.mesh.comm.allreduce(wrong, op=MPI.MAX))
        return np.array(found)


def _dot(u: Any, v: Any) -> Any:
    return ufl.dot(ufl.grad(u), ufl.grad(v))
