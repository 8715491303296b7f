"""Solids that deform as lithium swells them: stress from one energy, and what stress does to lithium in return."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.la import InsertMode

from femcell.compiled import compiled
from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials import Law, Property
from femcell.materials.mechanical import Isotropic, Mechanical, Number
from femcell.models.core import Terms
from femcell.models.mechanics.supports import Frame, Supports
from femcell.physics import elasticity, finite_strain
from femcell.physics.elasticity import Energy, Response
from femcell.physics.kinematics import Symmetry, displacement_gradient
from femcell.system import Export, Observable

type Parameter = Callable[[str, float], Any]


class Deformation(Enum):
    """How far solids deform, and the elastic energy that goes with it."""

    SMALL = "small"
    HENCKY = "hencky"
    NEO_HOOKEAN = "neo-hookean"


class Mobility(Enum):
    """How lithium moves in a gradient of stress: M = D / (dmu_chem/dc), by the mu_chem that is meant."""

    DILUTE = "dilute"
    """M = D c / R T."""

    LATTICE_GAS = "lattice gas"
    """M = D c (1 - x) / R T."""

    OPEN_CIRCUIT = "open circuit"
    """mu_chem = -F U(x): the equilibrium under stress is then that of the voltage."""


@dataclass(frozen=True)
class ChemoMechanics:
    """Stress in all solid regions of a resolved cell, or in the particles of a study.

    Attributes:
        two_way: stress drives lithium, shifts the open-circuit potential and enters the kinetics; else it follows.
        supports: surface -> what holds it, or Free(); left out, terminals on solids are clamped, and particles free.
        symmetry: plane strain (`Symmetry.NONE`) or plane stress in 2D; of a line of radii it is that of a sphere.
        deformation: small strains, or one of the energies of large ones.
        mobility: of lithium in a gradient of stress; that of a phase field is its own.
    """

    two_way: bool = True
    supports: Supports | None = None
    symmetry: Symmetry = Symmetry.NONE
    deformation: Deformation = Deformation.SMALL
    mobility: Mobility = Mobility.OPEN_CIRCUIT

    def __post_init__(self) -> None:
        """A cell is not a body of rotation; InputError."""
        require_fields(self)
        if self.symmetry in (Symmetry.AXIAL, Symmetry.SPHERICAL):
            raise InputError("ChemoMechanics is not for bodies of rotation; its symmetry is none or plane stress.")

    @property
    def digest(self) -> str:
        """What tells runs with different options apart."""
        return fingerprint(self.two_way, self.supports, self.symmetry, self.deformation, self.mobility)

    def require_dim(self, dim: int) -> None:
        """Raise InputError where a mesh has not the dimensions that the symmetry needs."""
        if self.symmetry.dim not in (None, dim):
            raise InputError(f"ChemoMechanics in {self.symmetry.value} needs a 2D mesh, and this one is {dim}D.")


def fingerprint(*options: Any) -> str:
    """A short name of options, the same for the same ones: names, numbers, frozen dataclasses, and mappings of them."""
    ordered = [tuple(sorted(o.items())) if isinstance(o, Mapping) else o for o in options]
    return hashlib.sha256(repr(ordered).encode()).hexdigest()[:12]


def stress_rule(degree: int, symmetry: Symmetry, deformation: Deformation) -> dict[str, int]:
    """How an elastic energy is integrated, for unknowns of a degree.

    Twice the degree is exact for small strains (degree - 1, squared) with a linear eigenstrain; surfaces of spheres
    and what is no polynomial, as energies of large strains, are given two degrees more.
    """
    more = symmetry in (Symmetry.AXIAL, Symmetry.SPHERICAL) or deformation is not Deformation.SMALL
    return {"quadrature_degree": 2 * degree + (2 if more else 0)}


@dataclass(frozen=True, eq=False)
class Part:
    """Regions of one mechanical material.

    Attributes:
        name: prefix of its parameters.
        material: stiffness and expansion.
        c: concentration of what swells it, mol/m3; a constant where nothing does.
        c_0: concentration without stress, mol/m3.
        dx: over its regions.
        plastic_strain: shape (3, 3), where it yields.
    """

    name: str
    material: Mechanical
    c: Any
    c_0: Any
    dx: ufl.Measure
    plastic_strain: Any = None


type Stressed = tuple[Part, Response]


def energy_of(part: Part, symmetry: Symmetry, deformation: Deformation, parameter: Parameter) -> Energy:
    """The elastic energy density of a part.

    Raises:
        InputError: large deformations of an anisotropic solid or in plane stress.
    """
    m, number = part.material, _numbers(part, parameter)
    if deformation is Deformation.SMALL:
        return elasticity.small_strain_energy(
            lambda c: m.stiffness.voigt(c, number),
            lambda c: m.expansion.eigenstrain(c, part.c_0, number),
            m.stiffness.orientation,
            symmetry,
        )
    stiffness = m.stiffness
    if not isinstance(stiffness, Isotropic):
        raise InputError(f"'{part.name}' is anisotropic: large deformations are those of isotropic solids; use small.")
    if symmetry is Symmetry.PLANE_STRESS:
        raise InputError("Large deformations in plane stress are not there; use plane strain or three dimensions.")
    stored = finite_strain.hencky if deformation is Deformation.HENCKY else finite_strain.neo_hookean
    return finite_strain.finite_strain_energy(
        stored, lambda c: stiffness.lame(c, number), lambda c: m.expansion.distortion(c, part.c_0, number)
    )


def respond(frame: Frame, part: Part, deformation: Deformation, parameter: Parameter) -> Response:
    """Energy, stress and potential of a part; of a plastic strain nothing elastic is left."""
    H = displacement_gradient(frame.u, frame.x, frame.symmetry)
    if part.plastic_strain is not None:
        H -= part.plastic_strain
    return elasticity.respond(energy_of(part, frame.symmetry, deformation, parameter), part.c, H)


def stress_terms(frame: Frame, parts: Sequence[Stressed], deformation: Deformation, parameter: Parameter) -> Terms:
    """Equilibrium of all parts, with their elastic energy and its account.

    Small strains: 2 int psi + int sigma : (E_c + e_p) + (work of the supports) = 0 in equilibrium (Clapeyron); large
    ones: int P : H + (work of the supports) = 0.
    """
    dH = displacement_gradient(frame.v, frame.x, frame.symmetry)
    H = displacement_gradient(frame.u, frame.x, frame.symmetry)
    forms, energies, works = [], [], []
    for part, r in parts:
        forms.append(elasticity.virtual_work(r.stress, dH, frame.weight, part.dx))
        energies.append(r.energy * frame.weight * part.dx)
        if deformation is Deformation.SMALL:
            inelastic = part.material.expansion.eigenstrain(part.c, part.c_0, _numbers(part, parameter))
            if part.plastic_strain is not None:
                inelastic += part.plastic_strain
            works.append((2 * r.energy + ufl.inner(r.stress, inelastic)) * frame.weight * part.dx)
        else:
            works.append(ufl.inner(r.stress, H) * frame.weight * part.dx)
    return Terms(
        residual=tuple(forms),
        observables=(
            Observable("elastic_energy", "J", sum(energies[1:], energies[0]), frame.cross_section),
            Observable("internal_work", "J", sum(works[1:], works[0]), frame.cross_section),
        ),
    )


def potential_terms(
    frame: Frame, part: Part, r: Response, mu: Any, q: Any, v: Any, mobility: Any, nodes: ufl.Measure
) -> Terms:
    """The continuous field mu of dpsi/dc, and the lithium that it drives.

    Args:
        frame: displacements.
        part: what is stressed.
        r: its response.
        mu: potential of lithium that stems from stress, J/mol.
        q: its scaled test function.
        v: scaled test function of the concentration.
        mobility: M, mol2/(J m s).
        nodes: measure of the projection's mass.
    """
    projection = elasticity.potential_projection(mu, q, r.potential, frame.weight, nodes, part.dx)
    return Terms(residual=(projection, elasticity.lithium_drift(mobility, mu, v, frame.weight, part.dx)))


def mobility_of(
    kind: Mobility, D: Any, c: Any, T: Any, c_max: Any = None, open_circuit_potential: Law | None = None
) -> Any:
    """M = D / (dmu_chem/dc), mol2/(J m s), by the chemical potential that is meant."""
    if kind is Mobility.DILUTE:
        return D * c / (GAS_CONSTANT * T)
    if kind is Mobility.LATTICE_GAS:
        return D * c * (1 - c / c_max) / (GAS_CONSTANT * T)
    assert open_circuit_potential is not None
    x = ufl.variable(c / c_max)
    slope = ufl.diff(open_circuit_potential(x, T), x)
    return -D * c_max / (FARADAY * slope)


def true_stress(frame: Frame, r: Response, deformation: Deformation) -> Any:
    """Stress of Cauchy, Pa, shape (3, 3)."""
    if deformation is Deformation.SMALL:
        return r.stress
    return finite_strain.cauchy(r.stress, displacement_gradient(frame.u, frame.x, frame.symmetry))


def stress_exports(
    frame: Frame, parts: Sequence[Stressed], deformation: Deformation, entity_maps: Sequence[Any]
) -> tuple[Export, ...]:
    """Displacement, von Mises and hydrostatic stress (of Cauchy), averaged over the cells around each node."""
    export = averaged(frame, [part.dx for part, _ in parts], entity_maps)
    stresses = [true_stress(frame, r, deformation) for _, r in parts]
    return (
        Export("u", "m", frame.u, lambda: None),
        export("hydrostatic_stress", "Pa", [elasticity.hydrostatic(s) for s in stresses]),
        export("von_mises_stress", "Pa", [elasticity.von_mises(s) for s in stresses]),
    )


def averaged(
    frame: Frame, measures: Sequence[ufl.Measure], entity_maps: Sequence[Any]
) -> Callable[[str, str, Sequence[Any]], Export]:
    """Makes exports (name, unit, one integrand for each measure) that are averages over the cells around each node."""
    V = fem.functionspace(frame.solid.mesh, ("Lagrange", 1))
    q = ufl.TestFunction(V)

    def form_of(integrands: Sequence[Any]) -> fem.Form:
        form = sum(f * q * frame.weight * dx for f, dx in zip(integrands, measures, strict=True))
        return compiled(form, entity_maps)

    total = _assembled(form_of([1.0] * len(measures)))

    def export(name: str, unit: str, integrands: Sequence[Any]) -> Export:
        form, function = form_of(integrands), fem.Function(V, name=name)

        def refresh() -> None:
            function.x.array[:] = _assembled(form) / np.where(total == 0.0, 1.0, total)

        return Export(name, unit, function, refresh, pictured=True)

    return export


def _numbers(part: Part, parameter: Parameter) -> Number:
    """Numbers of a part's material as parameters with its name; laws stay laws."""

    def number(name: str, prop: Property) -> Any:
        return prop if callable(prop) else parameter(f"{part.name}.{name}", prop)

    return number


def _assembled(form: fem.Form) -> np.ndarray:
    """A vector's local values, ghosts included."""
    b = fem.assemble_vector(form)
    b.scatter_reverse(InsertMode.add)
    b.scatter_forward()
    return b.array
