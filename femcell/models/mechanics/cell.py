"""Stress in the solids of a resolved cell: unknowns, equations, and what is reported of them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ufl

from femcell.constants import GAS_CONSTANT
from femcell.errors import InputError
from femcell.geometry import Geometry
from femcell.materials import evaluate
from femcell.materials.mechanical import Mechanical
from femcell.models.core import BY_NODES, Account, Regions, Space, Terms, Unknown
from femcell.models.layout.layout import Active, Layout, Material, all_actives
from femcell.models.mechanics import plastic
from femcell.models.mechanics.stress import (
    ChemoMechanics,
    Mobility,
    Part,
    Stressed,
    mobility_of,
    potential_terms,
    respond,
    stress_exports,
    stress_rule,
    stress_terms,
    true_stress,
)
from femcell.models.mechanics.supports import (
    Clamped,
    Frame,
    Supports,
    require_supports,
    rigid_motions_of,
    support_terms,
)
from femcell.physics import elasticity
from femcell.system import BlockMethod, Observable

HOUR = 3600.0
"""s; what the rate of plastic strain is judged by."""


@dataclass(frozen=True, eq=False)
class Scales:
    """What residuals and unknowns of the mechanics of a cell are judged by.

    Attributes:
        modulus: Pa.
        strain: the largest eigenstrain between an empty and a full host.
        size: of the mesh, m.
        volume: of the solids, m^dim.
        potential: J/mol.
    """

    modulus: float
    strain: float
    size: float
    volume: float
    potential: float


def scales(layout: Layout, solids: Mapping[str, Mechanical], temperature: float) -> Scales:
    """Scales from the materials and the mesh."""
    summary, modulus = layout.geometry.summary, max(m.reference_modulus(1.0) for m in solids.values())
    strain, potential = 0.0, GAS_CONSTANT * temperature
    for active in all_actives(layout):
        m, c_max = solids[active.regions[0]], active.material.maximum_concentration
        swelling = m.reference_strain(c_max, 0.0)
        strain = max(strain, swelling)
        potential = max(potential, m.reference_modulus(c_max) * swelling**2 / c_max)
    volume = sum(summary.volumes[n] for n in solids)
    return Scales(modulus, strain or 1e-3, max(summary.extent), volume, potential)


def mechanical_data(layout: Layout, regions: Mapping[str, Material]) -> Mapping[str, Mechanical]:
    """Solid region -> mechanical data; InputError where there are none."""
    found = {}
    for name in layout.solid_regions:
        data = getattr(regions[name], "mechanical", None)
        if data is None:
            raise InputError(
                f"Region '{name}' has no mechanical data, which ChemoMechanics needs; give its material some."
            )
        found[name] = data
    return found


def supports_of(options: ChemoMechanics, layout: Layout) -> Supports:
    """What the user says, or the terminals on solids clamped."""
    if options.supports is not None:
        return options.supports
    return {electrode.terminal.surface: Clamped() for electrode in layout.electrodes}


@dataclass(frozen=True, eq=False)
class CellMechanics:
    """Equilibrium of the solids, what stress does to lithium, and the account of elastic energy.

    Attributes:
        options: of the user.
        layout: the parts of the cell.
        solids: region -> how it deforms.
        scales: what unknowns and residuals are judged by.
        degree: polynomial degree of the unknowns.
    """

    options: ChemoMechanics
    layout: Layout
    solids: Mapping[str, Mechanical]
    scales: Scales
    degree: int

    @classmethod
    def of(
        cls,
        options: ChemoMechanics,
        layout: Layout,
        regions: Mapping[str, Material],
        temperature: float,
        degree: int,
    ) -> "CellMechanics":
        """From the materials of a cell's regions; InputError where one has no mechanical data."""
        options.require_dim(layout.geometry.summary.dim)
        solids = mechanical_data(layout, regions)
        return cls(options, layout, solids, scales(layout, solids, temperature), degree)

    @property
    def stressed(self) -> tuple[str, ...]:
        """Active materials where the potential of stress is an unknown; where phases separate it is part of theirs."""
        if not self.options.two_way:
            return ()
        return tuple(a.name for a in all_actives(self.layout) if not a.separates)

    def unknowns(self) -> Sequence[Unknown]:
        """Displacements of all solids, the potential of stress in each active material without one, and plastic strain.

        A residual of 1 is the force of the reference stress over the mesh's largest face, the energy that the reference
        potential makes of a mole in every m^dim of solid, or the largest eigenstrain of all that yields within an hour.
        """
        sizes, layout = self.scales, self.layout
        dim = layout.geometry.summary.dim
        force = sizes.modulus * sizes.strain * sizes.size ** (dim - 1)
        solids = Regions(layout.solid_regions)
        found = [Unknown("u", "m", solids, scale=sizes.strain * sizes.size, row=force, shape=(dim,))]
        for active in all_actives(layout):
            if active.name in self.stressed:
                place, row = Regions(active.regions), sizes.potential * sizes.volume
                found.append(Unknown(f"mu_{active.name}", "J/mol", place, scale=sizes.potential, row=row))
        yields = tuple(plastic.yielding(self.solids, self.options.deformation))
        if yields:
            points = plastic.point_rule(self.degree, self.options.symmetry)
            found.append(
                Unknown(
                    plastic.STRAIN,
                    "1",
                    Regions(yields),
                    scale=sizes.strain,
                    row=sizes.strain * sum(layout.geometry.summary.volumes[n] for n in yields) / HOUR,
                    stored=True,
                    element=partial(plastic.element, dim=dim, rule=points),
                    bounds=plastic.BOUNDS,
                    method=BlockMethod.POINTWISE,
                )
            )
        return found

    def terms(self, s: Space) -> Terms:
        """All of it, in the displacement `u`."""
        options, solids, sizes, layout = self.options, self.solids, self.scales, self.layout
        supports = supports_of(options, layout)
        _require_held(layout.geometry, layout, supports, options)
        own, least = s.measures.cells.metadata(), stress_rule(s.degree, options.symmetry, options.deformation)
        rule = max(own, least, key=lambda metadata: metadata["quadrature_degree"])
        yields = plastic.yielding(solids, options.deformation)
        points = plastic.point_rule(s.degree, options.symmetry)

        def over(regions: Sequence[str]) -> ufl.Measure:
            return s.measures.dx(regions)(metadata=points if regions[0] in yields else rule)

        def flowing(region: str) -> Any:
            return plastic.tensor(s.u(plastic.STRAIN), s.domain.dim) if region in yields else None

        u, v = s.u("u"), s.test("u")
        frame = Frame(
            s.domain,
            s.home("u"),
            layout.solid_regions,
            u,
            v,
            options.symmetry,
            s.cross_section,
            sizes.modulus,
            s.measures,
            rule,
        )
        actives = all_actives(layout)
        parts = [_active_part(s, a, solids[a.regions[0]], over(a.regions), flowing(a.regions[0])) for a in actives]
        inert = [n for n in layout.solid_regions if all(n not in a.regions for a in actives)]
        parts += [Part(n, solids[n], s.constant(0.0), s.constant(0.0), over([n]), flowing(n)) for n in inert]
        stressed: list[Stressed] = [(p, respond(frame, p, options.deformation, s.parameter)) for p in parts]
        terms = stress_terms(frame, stressed, options.deformation, s.parameter)
        held = support_terms(frame, supports, s.parameter)
        terms += held
        for active, (part, response) in zip(actives, stressed, strict=False):
            sigma_h = elasticity.hydrostatic(true_stress(frame, response, options.deformation))
            mean = 1.0 / active.volume
            terms += Terms(
                observables=(Observable(f"mean_hydrostatic_stress_{active.name}", "Pa", sigma_h * part.dx, mean),)
            )
            if options.two_way:
                terms += self._feedback(s, frame, active, part, response)
        works = dict.fromkeys(("internal_work", *[o.name for o in held.observables]), 1.0)
        energy = sizes.modulus * sizes.strain**2 * sizes.volume * s.cross_section
        terms += Terms(accounts=(Account("elastic_energy", (), works, energy),))
        maps = s.entity_maps
        exports = stress_exports(frame, stressed, options.deformation, maps)
        laws = [yields.get(name) for name in (*[a.regions[0] for a in actives], *inert)]
        soft = [(known, law) for known, law in zip(stressed, laws, strict=True) if law is not None]
        if soft:
            field = s.fields[plastic.STRAIN]
            terms += plastic.plastic_terms(frame, soft, field, s.parameter)
            exports += (plastic.plastic_export(frame, [part for (part, _), _ in soft], field, maps),)
        rigid = rigid_motions_of(frame.u, frame.symmetry)
        return terms + Terms(exports=exports, near_null_spaces={"u": rigid})

    def _feedback(self, s: Space, frame: Frame, active: Active, part: Part, response: Any) -> Terms:
        """Stress on lithium, in the volume; its part in the kinetics is `FickHost.surface`."""
        options = self.options
        m, T, name = active.material, s.temperature, active.name
        if active.separates:  # lithium follows the potential of all free energy, of which the elastic one is a part
            row = s.test(f"mu_{name}")
            return Terms(residual=(elasticity.potential_share(response.potential, row, frame.weight, part.dx),))
        c_max = s.number(name, m, "maximum_concentration")
        if options.mobility is Mobility.OPEN_CIRCUIT:
            _require_falling(active, float(s.initial_temperature.value))
        D = s.law(name, m, "diffusivity", part.c, T)
        U = m.open_circuit_potential if callable(m.open_circuit_potential) else None
        M = mobility_of(options.mobility, D, part.c, T, c_max, U)
        nodes = s.measures.dx(active.regions)
        if s.degree == 1 and s.domain.dim > 1:
            nodes = nodes(metadata=dict(BY_NODES))
        mu = s.fields[f"mu_{name}"]
        return potential_terms(frame, part, response, mu.function, mu.test, s.test(f"c_s_{name}"), M, nodes)


def _active_part(s: Space, active: Active, material: Mechanical, dx: ufl.Measure, plastic_strain: Any) -> Part:
    c_0 = material.stress_free_concentration
    free = s.constant(active.material.initial_concentration if c_0 is None else c_0)
    return Part(active.name, material, s.u(f"c_s_{active.name}"), free, dx, plastic_strain)


def _require_falling(active: Active, T: float) -> None:
    """Raise InputError where the open-circuit potential does not fall, so that dmu/dc is not positive."""
    U = [evaluate(active.material.open_circuit_potential, i / 100, T) for i in range(1, 100)]
    if any(b >= a for a, b in itertools.pairwise(U)):
        raise InputError(
            f"The open-circuit potential of '{active.material.name}' does not fall everywhere and tells no mobility; "
            "choose mobility=Mobility.LATTICE_GAS."
        )


def _require_held(geometry: Geometry, layout: Layout, supports: Supports, options: ChemoMechanics) -> None:
    pieces = geometry.components(layout.solid_regions)
    require_supports(pieces, supports, geometry.summary.dim, options.symmetry)
