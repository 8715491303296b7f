"""Phase separation: the pair of concentration and chemical potential on one mesh, as terms and as a host."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import ufl
from dolfinx import mesh
from mpi4py import MPI

from femcell.constants import FARADAY
from femcell.errors import InputError
from femcell.materials import apply, evaluate
from femcell.materials.phase_field import PhaseField
from femcell.models.core import Account, Regions, Space, Terms, Unknown
from femcell.models.electrode.host import HostState, concentration, stored_lithium
from femcell.models.layout.layout import Active
from femcell.models.layout.reference import Reference
from femcell.physics import phase_field
from femcell.system import BlockMethod, Field, Observable

CELLS_ACROSS = {1: 2.0, 2: 1.0}
"""Cells that an interface must hold at least, by polynomial degree: with fewer it sticks to the mesh."""


def rule(body: mesh.Mesh, degree: int, *, vanishing_weight: bool = False) -> dict[str, str | int]:
    """How a phase field is integrated, as FFCx's metadata.

    Unknowns of degree 1 by their nodes: each has the logarithm of its own composition then, and none leaves the
    lattice; which is no use at the centre of a sphere, where a node weighs nothing. Others by points enough for a
    polynomial of the fourth power.
    """
    if degree > 1 or vanishing_weight:
        return {"quadrature_degree": 4 * degree}
    simplex = body.basix_cell().name in ("triangle", "tetrahedron")
    return {"quadrature_rule": "vertex" if simplex else "GLL", "quadrature_degree": 1}


@dataclass(frozen=True)
class Scales:
    """What belongs to a phase field's equations: of lithium and its potential.

    Attributes:
        potential: spread of the homogeneous chemical potential between the phases, J/mol.
        time: in which an interface forms, s.
        width: of the narrowest interface, m; infinite where nothing separates.
    """

    potential: float
    time: float
    width: float

    @classmethod
    @cache
    def of(cls, phase: PhaseField, T: float) -> "Scales":
        """From the energy: potential f'/c_max, width of the interface, and the time to diffuse through it."""
        gaps = phase.diagram(T).gaps
        energy, c_max = phase.free_energy, phase.free_energy.site_density
        width = min((phase.interface(T, gap).width for gap in gaps), default=math.inf)
        x = np.linspace(*(gaps[0].binodal[0], gaps[-1].binodal[1]) if gaps else (0.05, 0.95), 101)
        potential = float(np.ptp(energy.sample(x, T, 1))) / c_max
        kappa = float(np.min(np.linalg.eigvalsh(np.atleast_2d(phase.gradient_energy))))
        length = width if gaps else math.sqrt(kappa / (potential * c_max))
        mobility = float(apply(phase.mobility, 0.5, T))
        return cls(potential, length**2 * c_max / (mobility * potential), width)


def require_resolved(phase: PhaseField, domain: mesh.Mesh, degree: int, T: float, place: str) -> None:
    """Raise InputError where an interface has too few cells, or the gradient energy another dimension; collective."""
    width, dim, kappa = Scales.of(phase, T).width, domain.topology.dim, phase.gradient_energy
    if isinstance(kappa, tuple) and len(kappa) != dim:
        raise InputError(
            f"{place}: gradient_energy is a tensor of {len(kappa)} by {len(kappa)}, and the mesh has {dim} dimensions; "
            f"give {dim} by {dim} numbers, or one."
        )
    owned = np.arange(domain.topology.index_map(dim).size_local, dtype=np.int32)
    size = domain.comm.allreduce(float(domain.h(dim, owned).max(initial=0.0)), op=MPI.MAX) / math.sqrt(dim)
    if size * CELLS_ACROSS[degree] > width * (1 + 1e-9):
        raise InputError(
            f"{place}: the mesh is too coarse for the interface between the phases, {width:.3g} m wide: its largest "
            f"cell is {size:.3g} m, at most {width / CELLS_ACROSS[degree]:.3g} m would do; refine the mesh."
        )


def free_energy(c: Any, phase: PhaseField, T: Any, dx: ufl.Measure, *, weight: Any = 1.0) -> ufl.Form:
    """Int f(c / c_max, T) + 1/2 grad x . kappa grad x dx, J."""
    x = c / phase.free_energy.site_density
    kappa = phase.gradient_energy
    stiffness = ufl.as_matrix(kappa) if isinstance(kappa, tuple) else kappa
    return phase_field.homogeneous_energy(
        phase.free_energy.density(x, T), dx, weight=weight
    ) + phase_field.gradient_energy(x, dx, kappa=stiffness, weight=weight)


def phase_terms(
    c: Field,
    mu: Field,
    phase: PhaseField,
    T: Any,
    dx: ufl.Measure,
    energy: ufl.Form,
    *,
    weight: Any = 1.0,
    transport: bool = True,
) -> Terms:
    """Storage and flow of lithium, and the chemical potential of an energy.

    Args:
        c: concentration.
        mu: its potential; its test function is a number times an argument.
        phase: the material.
        T: K.
        dx: over the solid.
        energy: all free energy, J.
        weight: what a volume stands for.
        transport: whether lithium flows within the solid.
    """
    x = c.function / phase.free_energy.site_density
    (w,) = ufl.algorithms.extract_arguments(mu.test)
    row = ufl.replace(mu.test, {w: ufl.as_ufl(1.0)})  # derivatives of a form are taken by plain arguments
    potential = row * phase_field.chemical_potential(mu.function, c.function, w, energy, dx, weight=weight)
    residual: tuple[ufl.Form, ...] = (potential,)
    if transport:
        mobility = apply(phase.mobility, x, T)
        residual += (phase_field.lithium_transport(mu.function, c.test, dx, mobility=mobility, weight=weight),)
    return Terms(
        storage=(phase_field.lithium_storage(c.function, c.test, dx, weight=weight),),
        residual=residual,
        observables=(
            Observable("lithium", "mol", weight * c.function * dx),
            Observable("free_energy", "J", energy),
        ),
        accounts=(Account("lithium", ("lithium",)),),
    )


@dataclass(frozen=True, eq=False)
class PhaseFieldHost:
    """A resolved host that separates into phases: `c_s_<name>` and `mu_<name>` on its regions.

    Attributes:
        active: the regions and their material, which has a phase field.
        reference: what residuals are judged by.
        temperature: at which the scale of the potential is taken, K.
    """

    active: Active
    reference: Reference
    temperature: float

    @property
    def phase(self) -> PhaseField:
        """Of the material."""
        found = self.active.material.phase_field
        assert found is not None
        return found

    def unknowns(self) -> Sequence[Unknown]:
        """Concentration and chemical potential; a residual of 1 is its spread between the phases, everywhere."""
        name, m = self.active.name, self.active.material
        spread, block = Scales.of(self.phase, self.temperature).potential, f"particles_{name}"

        def initial(T: float) -> float:
            U = evaluate(m.open_circuit_potential, m.initial_stoichiometry, T)
            return FARADAY * (self.phase.standard_potential - U)

        mu = Unknown(
            f"mu_{name}",
            "J/mol",
            Regions(self.active.regions),
            scale=spread,
            row=spread * self.active.volume,
            initial=initial,
            block=block,
        )
        return (concentration(self.active, self.reference, block=block, method=BlockMethod.SEPARATING), mu)

    def terms(self, space: Space) -> Terms:
        """Lithium that follows its chemical potential; InputError where the mesh is too coarse for an interface."""
        name, phase, dx = self.active.name, self.phase, space.measures.dx(self.active.regions)
        T = float(space.initial_temperature.value)
        c_s, mu = space.fields[f"c_s_{name}"], space.fields[f"mu_{name}"]
        require_resolved(phase, space.home(f"c_s_{name}").mesh, space.degree, T, f"'{name}'")
        own = dx(metadata=rule(space.domain.mesh, space.degree))
        energy = free_energy(c_s.function, phase, space.temperature, own)
        terms = phase_terms(c_s, mu, phase, space.temperature, own, energy)
        observed = Observable(f"free_energy_{name}", "J", energy, space.cross_section)
        found = Terms(storage=terms.storage, residual=terms.residual, observables=(observed,))
        return found + stored_lithium(space, self.active)

    def surface(self, space: Space, side: str | None = "+") -> HostState:
        """Beside the electrolyte; mu hides its temperature, and the gradient energy knows none."""
        name, m = self.active.name, self.active.material
        c_s, mu = space.fields[f"c_s_{name}"], space.u(f"mu_{name}")(side)
        c_max = space.number(name, m, "maximum_concentration")
        surface = c_s.function(side)
        return HostState(
            surface,
            c_max,
            c_s.test(side),
            lambda T: self.phase.standard_potential - mu / FARADAY,
            lambda T: apply(m.open_circuit_potential, surface / c_max, T),
        )
