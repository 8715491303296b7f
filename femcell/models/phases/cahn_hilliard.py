"""A body that separates into phases and exchanges nothing: its free energy falls, its lithium stays."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import ufl
from dolfinx import fem, mesh
from mpi4py import MPI

from femcell.compiled import compiled
from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials.laws import REFERENCE_TEMPERATURE, Law
from femcell.materials.phase_field import PhaseField
from femcell.models.core import Account, Everywhere, Quadrature, Space, Terms, Unknown, assemble
from femcell.models.electrode.phase_field import Scales, free_energy, phase_terms, require_resolved, rule
from femcell.models.views import copied
from femcell.parameter import rebuilt
from femcell.physics import phase_field
from femcell.reprs import angled
from femcell.system import BlockMethod, Export, System, unknowns

type Profile = Callable[[np.ndarray], np.ndarray]
"""Stoichiometries at points, shape (3, points)."""


@dataclass(frozen=True, eq=False)
class CahnHilliard:
    """A closed body: `simulate(CahnHilliard(...), ["Rest for 1 hour"])`.

    Attributes:
        mesh: the body; every boundary is without flux.
        phase: what it is made of.
        initial: stoichiometry at the start, a number or a function of the coordinates.
        temperature: K.
        degree: polynomial degree of the unknowns, 1 or 2.
        wetting: (facets, surface energy) of walls that one phase wets; see `contact_angle`.
        label: what messages call it.

    Raises:
        InputError: a degree or temperature out of bounds; on use of `system`, a mesh too coarse for the interface.
    """

    mesh: mesh.Mesh
    phase: PhaseField
    initial: float | Profile
    temperature: float = REFERENCE_TEMPERATURE
    degree: int = 1
    wetting: tuple[tuple[np.ndarray, Law], ...] = ()
    label: str = "phase field"

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, self.label, self.phase.free_energy.name, f"{self.temperature:g} K", unknowns(self))

    def __post_init__(self) -> None:
        """Check the numbers."""
        require_fields(self)
        if self.degree not in (1, 2):
            raise InputError(f"The degree of the unknowns must be 1 or 2, not {self.degree}.")
        if not 0.0 < self.temperature < 5000.0:
            raise InputError(f"The temperature must be in kelvin between 0 and 5000, not {self.temperature:g}.")
        if not (callable(self.initial) or 0.0 < self.initial < 1.0):
            raise InputError(f"The stoichiometry at the start must lie between 0 and 1, not {self.initial:g}.")

    @cached_property
    def system(self) -> System:
        """The semi-discrete system in (c, mu); collective."""
        require_resolved(self.phase, self.mesh, self.degree, self.temperature, self.label)
        nodes = rule(self.mesh, self.degree)
        return assemble(
            self.mesh,
            [self],
            degree=self.degree,
            quadrature=Quadrature(nodes, nodes, nodes),
            temperature=self.temperature,
            check=rebuilt(self, "temperature"),
            label=self.label,
            digest=_digest(self.mesh, self.degree),
            facts={"interface_width_m": self._scales.width, "temperature_K": self.temperature},
        )

    @property
    def _scales(self) -> Scales:
        return Scales.of(self.phase, self.temperature)

    @cached_property
    def _volume(self) -> float:
        dx = ufl.Measure("dx", domain=self.mesh, metadata=rule(self.mesh, self.degree))
        own = fem.assemble_scalar(compiled(fem.Constant(self.mesh, 1.0) * dx))
        return float(self.mesh.comm.allreduce(own, op=MPI.SUM))

    def unknowns(self) -> Sequence[Unknown]:
        """Concentration and chemical potential."""
        c_max, scales, volume = self.phase.free_energy.site_density, self._scales, self._volume
        block, potential = "phases", scales.potential
        return (
            Unknown(
                "c",
                "mol/m3",
                Everywhere(),
                scale=c_max,
                row=c_max * volume / scales.time,
                stored=True,
                block=block,
                method=BlockMethod.SEPARATING,
            ),
            Unknown("mu", "J/mol", Everywhere(), scale=potential, row=potential * volume, block=block),
        )

    def terms(self, space: Space) -> Terms:
        """Transport, the potential of the free energy, and the energy that can only fall."""
        phase, c, mu, T = self.phase, space.fields["c"], space.fields["mu"], space.temperature
        c_max, scales = phase.free_energy.site_density, self._scales
        dx = ufl.Measure("dx", domain=self.mesh, metadata=rule(self.mesh, self.degree))
        energy = free_energy(c.function, phase, T, dx)
        ds = self._walls()
        for number, (_, law) in enumerate(self.wetting):
            energy += phase_field.surface_energy(law(c.function / c_max, T), ds(number))
        return phase_terms(c, mu, phase, T, dx, energy) + Terms(
            accounts=(Account("lithium", (), {}, c_max * self._volume / scales.time),),
            falling={"free_energy": scales.potential * c_max * self._volume},
            exports=(
                Export("c", "mol/m3", c.function, lambda: None, pictured=True),
                copied(space, "mu"),
            ),
            initialise=(lambda: self._initialise(c.function, c_max),),
        )

    def _walls(self) -> ufl.Measure:
        """One measure for all walls, numbered as they are given: a form takes no two."""
        body, kind = self.mesh, fem.IntegralType.exterior_facet
        body.topology.create_connectivity(body.topology.dim - 1, body.topology.dim)
        walls = [
            (number, fem.compute_integration_domains(kind, body.topology, np.unique(facets).astype(np.int32)))
            for number, (facets, _) in enumerate(self.wetting)
        ]
        return ufl.Measure("ds", domain=body, subdomain_data=walls, metadata=rule(body, self.degree))

    def _initialise(self, c: fem.Function, c_max: float) -> None:
        start = self.initial
        c.interpolate(lambda x: c_max * (start(x) if callable(start) else np.full(x.shape[1], start)))
        c.x.scatter_forward()


def _digest(body: mesh.Mesh, degree: int) -> str:
    """The same on any number of ranks: sizes alone, since the closed body's mesh comes from no file."""
    dim = body.topology.dim
    sizes = [body.topology.index_map(d).size_global for d in (0, dim)]
    return hashlib.sha256(f"{dim} {sizes} {degree}".encode()).hexdigest()[:16]
