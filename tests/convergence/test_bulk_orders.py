"""Each balance law on its own: manufactured solutions converge with order p + 1 in L2.

The sources are the strong forms of the laws, written here from the books and not from `femcell.physics`; storage
enters with a rate comparable to diffusion, as it does in a time step. Volume terms are integrated as the models
do it, with twice the polynomial degree; the sources better.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.materials import library
from femcell.physics import electrolyte as salt
from femcell.physics import solid
from femcell.system import System
from tests.convergence.manufactured import L, Unknown, held_outside, orders, solve, square, unknown_field

pytestmark = pytest.mark.mpi

MESHES = (8, 12, 16, 24)
T = 298.15
C_MAX = 50_000.0
UNIT = 0.02
"""A/m: what residuals are judged against."""

Source = Callable[[Any], Sequence[Any]]

C_E = Unknown("c_e", "mol/m3", lambda x: 1000 * (1 + 0.4 * ufl.cos(2 * x[0] / L + x[1] / L)), 900.0)
PHI_E = Unknown("phi_e", "V", lambda x: 0.02 * ufl.sin(x[0] / L - 2 * x[1] / L + 0.4), 0.0)
C_S = Unknown("c_s", "mol/m3", lambda x: C_MAX * (0.5 + 0.3 * ufl.sin(2 * x[0] / L - x[1] / L)), 0.4 * C_MAX)
PHI_S = Unknown("phi_s", "V", lambda x: 0.03 * ufl.cos(x[0] / L + 1.5 * x[1] / L), 0.0)


class Bench:
    """Spaces, tests and measures of a few unknowns on one square."""

    def __init__(self, n: int, degree: int, unknowns: Sequence[Unknown]) -> None:
        self.mesh = square(n)
        spaces = [fem.functionspace(self.mesh, ("Lagrange", degree)) for _ in unknowns]
        arguments = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
        self.fields = []
        for unknown, V, v in zip(unknowns, spaces, arguments, strict=True):
            stored = unknown.name.startswith("c_")
            row = fem.Constant(self.mesh, FARADAY / UNIT if stored else 1 / UNIT)
            self.fields.append(unknown_field(unknown, V, row * v, stored=stored))
        self.dx = ufl.Measure("dx", domain=self.mesh, metadata={"quadrature_degree": 2 * degree})
        self.fine = self.dx(metadata={"quadrature_degree": 2 * degree + 4})
        self.x = ufl.SpatialCoordinate(self.mesh)

    def system(self, storage: ufl.Form, residual: ufl.Form, sources: Sequence[Any]) -> System:
        """With the sources of the manufactured solution, one per field."""
        for field, source in zip(self.fields, sources, strict=True):
            residual -= source * field.test * self.fine
        bcs = tuple(held_outside(f.function.function_space) for f in self.fields)
        return System(self.mesh, tuple(self.fields), storage, residual, bcs)


def electrolyte(n: int, degree: int) -> np.ndarray:
    """Salt and charge together: concentrated, every property a function of c_e (Landesfeind 2019), porous."""
    unknowns, rate, porosity, transport = (C_E, PHI_E), 3.0, 0.5, 0.3
    b = Bench(n, degree, unknowns)
    (c, phi), (v, psi) = zip(*[(f.function, f.test) for f in b.fields], strict=True)
    m = library.landesfeind2019()
    i_e = salt.ionic_current_density(
        c,
        phi,
        conductivity=m.conductivity(c, T),
        transference_number=m.transference_number(c, T),
        thermodynamic_factor=m.thermodynamic_factor(c, T),
        T=T,
        transport_factor=transport,
    )
    flux = salt.cation_flux(
        c,
        i_e,
        diffusivity=m.diffusivity(c, T),
        transference_number=m.transference_number(c, T),
        transport_factor=transport,
    )
    residual = salt.salt_transport(flux, v, b.dx) + salt.charge_transport(i_e, psi, b.dx)
    storage = salt.salt_storage(c, v, b.dx, porosity=porosity)

    c_x, phi_x = C_E.exact(b.x), PHI_E.exact(b.x)
    t_plus, kappa = m.transference_number(c_x, T), transport * m.conductivity(c_x, T)
    chemical = 2 * GAS_CONSTANT * T / FARADAY * (1 - t_plus) * m.thermodynamic_factor(c_x, T)
    current = kappa * chemical * ufl.grad(ufl.ln(c_x)) - kappa * ufl.grad(phi_x)
    cations = t_plus * current / FARADAY - transport * m.diffusivity(c_x, T) * ufl.grad(c_x)
    sources = (porosity * rate * c_x + ufl.div(cations), ufl.div(current))
    return solve(b.system(storage, residual, sources), unknowns, rate)


def solid_diffusion(n: int, degree: int) -> np.ndarray:
    """Lithium in a solid whose diffusivity falls to a seventh as it fills."""

    def diffusivity(c: Any) -> Any:
        return 1e-11 * (2 - 1.8 * c / C_MAX) ** 2

    unknowns, rate = (C_S,), 0.1
    b = Bench(n, degree, unknowns)
    c, v = b.fields[0].function, b.fields[0].test
    c_x = C_S.exact(b.x)
    source = rate * c_x - ufl.div(diffusivity(c_x) * ufl.grad(c_x))
    residual = solid.lithium_diffusion(c, v, b.dx, diffusivity=diffusivity(c))
    return solve(b.system(solid.lithium_storage(c, v, b.dx), residual, (source,)), unknowns, rate)


def electronic_conduction(n: int, degree: int) -> np.ndarray:
    """Electrons in a solid whose conductivity varies threefold in space."""
    unknowns = (PHI_S,)
    b = Bench(n, degree, unknowns)
    phi, psi = b.fields[0].function, b.fields[0].test
    sigma = 0.2 * (1 + 0.5 * ufl.sin(3 * b.x[1] / L))
    source = -ufl.div(sigma * ufl.grad(PHI_S.exact(b.x)))
    residual = solid.electronic_conduction(phi, psi, b.dx, conductivity=sigma)
    nothing = fem.Constant(b.mesh, 0.0) * phi * psi * b.dx
    return solve(b.system(nothing, residual, (source,)), unknowns, 1.0)


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("law", [electrolyte, solid_diffusion, electronic_conduction])
def test_order_in_space(law: Callable[[int, int], np.ndarray], degree: int) -> None:
    found = orders(MESHES, lambda n: law(n, degree))
    assert found == pytest.approx(degree + 1, abs=0.1), found
