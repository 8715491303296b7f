"""Two phases and what crosses between them: salt, both charges and lithium, coupled by Butler-Volmer kinetics.

Each phase lives on a submesh; the interface is integrated on the whole mesh with the solid on the plus side, as in
the models. The manufactured fields satisfy neither the kinetics nor the flux conditions, so that sources live in
the volumes and on the interface. Kinetics and double layer are made fast enough for every field to feel them.
"""

from typing import Any

import numpy as np
import pytest
import ufl
from dolfinx import fem

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.physics import electrolyte as salt
from femcell.physics import interface, solid
from femcell.system import System
from tests.convergence.manufactured import L, Unknown, held_on, orders, solve, two_regions, unknown_field

pytestmark = pytest.mark.mpi

T = 298.15
C_MAX = 63_104.0
RATE = 1.0
"""1/s, of the storage: comparable to diffusion over L."""

D_E, T_PLUS, FACTOR = 3e-10, 0.3, 1.2
D_S, SIGMA = 1e-11, 0.5
CAPACITANCE = 50.0
"""F/m2: at this rate the double layer carries 200 A/m2 into the electrolyte."""


def _wave(a: float, b: float, c: float, x: Any) -> Any:
    """A phase of a few radians over the domain, along a direction of its own."""
    return sum(k * x[i] / L for i, k in zip(range(len(x)), (a, b, c), strict=False))


C_E = Unknown("c_e", "mol/m3", lambda x: 1000 * (1 + 0.3 * ufl.cos(_wave(2, 1, 1, x))), 1000.0)
PHI_E = Unknown("phi_e", "V", lambda x: 0.02 * ufl.sin(_wave(1.5, -1.5, 1, x) + 0.4), 0.0)
PHI_S = Unknown("phi_s", "V", lambda x: 3.98 + 0.03 * ufl.cos(_wave(2, 1.5, -1, x)), 3.98)
C_S = Unknown("c_s", "mol/m3", lambda x: C_MAX * (0.45 + 0.03 * ufl.sin(_wave(2, -1.5, -1, x))), 0.45 * C_MAX)
UNKNOWNS = (C_E, PHI_E, PHI_S, C_S)


def conductivity(c: Any) -> Any:
    """S/m."""
    return 1e-3 * c


def exchange_current(c_e: Any, c_s: Any) -> Any:
    """A/m2: about 800."""
    return 1e-3 * ufl.sqrt(c_e * c_s * (C_MAX - c_s))


def open_circuit_potential(c_s: Any) -> Any:
    """V."""
    return 4.3 - 0.8 * c_s / C_MAX - 0.1 * (c_s / C_MAX) ** 2


def coupled(n: int, dim: int, degree: int) -> np.ndarray:
    """Relative L2 errors of the four fields."""
    domain = two_regions(n, dim)
    pore, grain = domain.submesh(["pore"]), domain.submesh(["grain"])
    parts = (pore, pore, grain, grain)
    spaces = [fem.functionspace(part.mesh, ("Lagrange", degree)) for part in parts]
    unit = 0.02 * L ** (dim - 2)  # A
    rows = [fem.Constant(domain.mesh, k / unit) for k in (FARADAY, 1.0, 1.0, FARADAY)]
    arguments = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
    fields = tuple(
        unknown_field(u, V, row * v, stored=u.name.startswith("c_"))
        for u, V, row, v in zip(UNKNOWNS, spaces, rows, arguments, strict=True)
    )
    c_e, phi_e, phi_s, c_s = (f.function for f in fields)
    v_e, psi_e, psi_s, v_s = (f.test for f in fields)

    as_models, better = {"quadrature_degree": 2 * degree}, {"quadrature_degree": 2 * degree + 4}
    cells = [(t, domain.owned_cells([name])) for name, t in domain.region_tags.items()]
    dx = ufl.Measure("dx", domain=domain.mesh, subdomain_data=cells, metadata=as_models)
    facets = [(1, domain.interface(["grain"], ["pore"]))]
    by_nodes = {"quadrature_rule": "vertex", "quadrature_degree": 1}
    on_interface = by_nodes if degree == 1 and dim > 1 else as_models
    dS = ufl.Measure("dS", domain=domain.mesh, subdomain_data=facets, metadata=on_interface)(1)
    wet, dry = dx(domain.region_tags["pore"]), dx(domain.region_tags["grain"])

    # The laws.
    jump = phi_s("+") - phi_e("-")
    i = interface.butler_volmer(
        exchange_current(c_e("-"), c_s("+")), jump - open_circuit_potential(c_s("+")), T, anodic=0.5, cathodic=0.5
    )
    i_e = salt.ionic_current_density(
        c_e,
        phi_e,
        conductivity=conductivity(c_e),
        transference_number=T_PLUS,
        thermodynamic_factor=FACTOR,
        T=T,
    )
    flux = salt.cation_flux(c_e, i_e, diffusivity=D_E, transference_number=T_PLUS)
    residual = (
        salt.salt_transport(flux, v_e, wet)
        + salt.charge_transport(i_e, psi_e, wet)
        + solid.electronic_conduction(phi_s, psi_s, dry, conductivity=SIGMA)
        + solid.lithium_diffusion(c_s, v_s, dry, diffusivity=D_S)
        + interface.charge_leaves_solid(i, psi_s("+"), dS)
        + interface.lithium_leaves_solid(i, v_s("+"), dS)
        + interface.charge_enters_electrolyte(i, psi_e("-"), dS)
        + interface.cations_enter_electrolyte(i, v_e("-"), dS)
    )
    storage = salt.salt_storage(c_e, v_e, wet) + solid.lithium_storage(c_s, v_s, dry)
    storage += interface.double_layer_storage(CAPACITANCE, jump, psi_s("+"), psi_e("-"), v_e("-"), dS)

    # What the exact fields leave of their strong forms; +n points from the solid into the electrolyte.
    x, n_s = ufl.SpatialCoordinate(domain.mesh), ufl.FacetNormal(domain.mesh)("+")
    a_e, b_e, b_s, a_s = (u.exact(x) for u in UNKNOWNS)
    chemical = 2 * GAS_CONSTANT * T / FARADAY * (1 - T_PLUS) * FACTOR
    ionic = conductivity(a_e) * (chemical * ufl.grad(ufl.ln(a_e)) - ufl.grad(b_e))
    cations = T_PLUS * ionic / FARADAY - D_E * ufl.grad(a_e)
    electronic, lithium = -SIGMA * ufl.grad(b_s), -D_S * ufl.grad(a_s)
    eta = b_s - b_e - open_circuit_potential(a_s)
    faradaic = 2 * exchange_current(a_e, a_s) * ufl.sinh(FARADAY * eta / (2 * GAS_CONSTANT * T))
    crossing = faradaic + RATE * CAPACITANCE * (b_s - b_e)
    wet, dry = wet(metadata=better), dry(metadata=better)
    if on_interface is as_models:  # FFCx cannot mix the nodes with other rules in one form
        dS = dS(metadata=better)
    residual -= (RATE * a_e + ufl.div(cations)) * v_e * wet + ufl.div(ionic) * psi_e * wet
    residual -= (RATE * a_s + ufl.div(lithium)) * v_s * dry + ufl.div(electronic) * psi_s * dry
    residual -= (crossing("+") - ufl.dot(electronic("+"), n_s)) * psi_s("+") * dS
    residual -= (faradaic("+") / FARADAY - ufl.dot(lithium("+"), n_s)) * v_s("+") * dS
    residual -= (ufl.dot(ionic("+"), n_s) - crossing("+")) * psi_e("-") * dS
    residual -= (ufl.dot(cations("+"), n_s) - crossing("+") / FARADAY) * v_e("-") * dS

    system = System(
        domain.mesh,
        fields,
        storage,
        residual,
        tuple(held_on(domain.sub_facets(p, "outer"), V) for p, V in zip(parts, spaces, strict=True)),
        entity_maps=(pore.entity_map, grain.entity_map),
    )
    return solve(system, UNKNOWNS, RATE)


@pytest.mark.parametrize(
    ("dim", "degree", "meshes"),
    [(2, 1, (8, 12, 16, 24)), (2, 2, (12, 16, 24, 32)), (3, 1, (4, 6, 8, 10))],
    ids=["2D-P1", "2D-P2", "3D-P1"],
)
def test_order_in_space(dim: int, degree: int, meshes: tuple[int, ...]) -> None:
    found = orders(meshes, lambda n: coupled(n, dim, degree))
    assert found == pytest.approx(degree + 1, abs=0.1), found
