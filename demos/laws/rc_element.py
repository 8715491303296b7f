"""The impedance of an RC element from its linearisation: (i w M' + F') x = b, in twenty lines.

    C dV/dt + V / R = I,    Z = dV/dI = R / (1 + i w R C)

Run: python demos/laws/rc_element.py
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import ufl
from mpi4py import MPI

from femcell.geometry import Geometry, distribute
from femcell.models.cell.dfn import line
from femcell.models.core import Number, Quadrature, Space, Terms, Unknown, assemble
from femcell.models.layout.terminals import control_law
from femcell.solvers.discrete import Clock, Discrete

R, C = 0.02, 1500.0  # Ohm, F


class Element:
    """A resistor and a capacitor side by side."""

    def unknowns(self) -> Sequence[Unknown]:
        """Voltage and current."""
        return (Unknown("voltage", "V", Number(), 1.0, 1.0, stored=True), Unknown("current", "A", Number(), 1.0, 1.0))

    def terms(self, s: Space) -> Terms:
        """The charge of the capacitor, and Ohm's law of the resistor; the mesh is a line of length 1."""
        dx, V, current = ufl.Measure("dx", domain=s.mesh), s.u("voltage"), s.u("current")
        control, law = control_law(s.mesh, V, current, 1.0)
        balance = (V / s.constant(R) - current) * s.test("voltage") * dx
        storage = s.constant(C) * V * s.test("voltage") * dx
        return Terms((storage,), (balance, law * s.test("current") * dx), control=control)


def impedance(frequencies: npt.NDArray[np.float64]) -> npt.NDArray[np.complex128]:
    """Of the element, Ohm, at some frequencies, Hz."""
    rule = {"quadrature_degree": 0}
    domain = distribute(Geometry.from_root(MPI.COMM_SELF, line([("element", 1.0, 1)]), "a line"))
    system = assemble(
        domain,
        [Element()],
        degree=1,
        quadrature=Quadrature(rule, rule, rule),
        temperature=298.15,
        label="RC",
        digest="",
    )
    discrete = Discrete(system, Clock())
    discrete.matrix()
    M, F = (np.array(A[:, :]) for A in discrete.linearise())
    b = np.array([0.0, 1.0])  # what holds the current is the second equation: I = 1 A
    return np.array([np.linalg.solve(2j * np.pi * f * M + F, b)[0] for f in frequencies])


if __name__ == "__main__":
    f = np.logspace(-4, 2, 7)
    print(np.column_stack([f, impedance(f), R / (1 + 2j * np.pi * f * R * C)]))
