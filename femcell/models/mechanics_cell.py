"""Stress in the solids of a resolved cell: unknowns, equations, and what is told of them."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from femcell.constants import GAS_CONSTANT
from femcell.errors import InputError
from femcell.geometry import Geometry
from femcell.materials import evaluate
from femcell.materials.mechanical import Mechanical
from femcell.models.layout import Active, Layout, Material
from femcell.models.mechanics import (
    ChemoMechanics,
    Mobility,
    Part,
    Stressed,
    mobility_of,
    potential_terms,
    respond,
    stress_exports,
    stress_terms,
    true_stress,
)
from femcell.models.space import BY_NODES, Space, Unknown, all_actives
from femcell.models.supports import Clamped, Frame, Supports, require_supports, rigid_block, support_terms
from femcell.models.terms import Addition, Terms
from femcell.physics import elasticity
from femcell.system import Balance, Block, Observable


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


def unknowns(options: ChemoMechanics, layout: Layout, sizes: Scales) -> list[Unknown]:
    """Displacements of all solids, and the potential of stress in each active material.

    A residual of 1 is the force of the reference stress over the mesh's largest face, or the energy that the reference
    potential makes of a mole in every m^dim of solid.
    """
    separating = [a.name for a in all_actives(layout) if a.separates]
    if options.two_way and separating:
        raise InputError(
            f"The material of '{separating[0]}' separates into phases, and stress cannot act on its potential too; "
            "choose ChemoMechanics(two_way=False), or leave its phase field out."
        )
    dim = layout.geometry.summary.dim
    force = sizes.modulus * sizes.strain * sizes.size ** (dim - 1)
    found = [Unknown("u", "m", None, sizes.strain * sizes.size, force, (dim,))]
    if options.two_way:
        row = sizes.potential * sizes.volume
        found += [Unknown(f"mu_{a.name}", "J/mol", a.name, sizes.potential, row) for a in all_actives(layout)]
    return found


def mechanics(options: ChemoMechanics, solids: Mapping[str, Mechanical], sizes: Scales, s: Space) -> Addition:
    """Equilibrium of the solids, what stress does to lithium, and the account of elastic energy."""
    layout = s.layout
    supports = supports_of(options, layout)
    _require_held(layout.geometry, layout, supports, options)
    rule = {"quadrature_degree": 2 * s.degree}
    u, v = s.u("u"), s.test("u")
    frame = Frame(
        s.domain,
        s.metal,
        layout.solid_regions,
        u,
        v,
        options.symmetry,
        s.cross_section,
        sizes.modulus,
        s.measures.dx(layout.solid_regions),
        rule,
    )
    actives = all_actives(layout)
    parts = [_active_part(s, a, solids[a.regions[0]]) for a in actives]
    inert = [n for n in layout.solid_regions if all(n not in a.regions for a in actives)]
    parts += [Part(n, solids[n], s.constant(0.0), s.constant(0.0), s.measures.dx([n])) for n in inert]
    stressed: list[Stressed] = [(p, respond(frame, p, options.deformation, s.parameter)) for p in parts]
    terms = stress_terms(frame, stressed, options.deformation, s.parameter)
    held = support_terms(frame, supports, s.constant)
    terms += held
    for active, (part, response) in zip(actives, stressed, strict=False):
        sigma_h = elasticity.hydrostatic(true_stress(frame, response, options.deformation))
        mean = 1.0 / active.volume
        terms += Terms(
            observables=(Observable(f"mean_hydrostatic_stress_{active.name}", "Pa", sigma_h * part.dx, mean),)
        )
        if options.two_way:
            terms += _feedback(options, s, frame, active, part, response)
    works = dict.fromkeys(("internal_work", *[o.name for o in held.observables]), 1.0)
    energy = sizes.modulus * sizes.strain**2 * sizes.volume * s.cross_section
    terms += Terms(balances=(Balance("elastic_energy", (), works, energy),))
    blocks = [rigid_block("u", frame.u, frame.symmetry)]
    if options.two_way:
        blocks += [Block((f"mu_{a.name}",)) for a in actives]
    maps = (s.metal.entity_map, *[g.entity_map for g in s.grains.values()])
    return Addition(terms, tuple(blocks), stress_exports(frame, stressed, options.deformation, maps))


def _active_part(s: Space, active: Active, material: Mechanical) -> Part:
    c_0 = material.stress_free_concentration
    free = s.constant(active.material.initial_concentration if c_0 is None else c_0)
    return Part(active.name, material, s.u(f"c_s_{active.name}"), free, s.measures.dx(active.regions))


def _feedback(options: ChemoMechanics, s: Space, frame: Frame, active: Active, part: Part, response: Any) -> Terms:
    """Stress on lithium, in the volume; its part in the kinetics is `parts.active_terms`."""
    m, T, name = active.material, s.temperature, active.name
    c_max = s.parameter(f"{name}.maximum_concentration", m.maximum_concentration)
    if options.mobility is Mobility.OPEN_CIRCUIT:
        _require_falling(active, float(s.initial_temperature.value))
    D = s.law(f"{name}.diffusivity", m.diffusivity, part.c, T)
    U = m.open_circuit_potential if callable(m.open_circuit_potential) else None
    M = mobility_of(options.mobility, D, part.c, T, c_max, U)
    nodes = part.dx(metadata=dict(BY_NODES)) if s.degree == 1 and s.domain.dim > 1 else part.dx
    mu = s.fields[f"mu_{name}"]
    return potential_terms(frame, part, response, mu.function, mu.test, s.test(f"c_s_{name}"), M, nodes)


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


def addition(
    options: ChemoMechanics, layout: Layout, regions: Mapping[str, Material], temperature: float
) -> tuple[list[Unknown], Callable[[Space], Addition]]:
    """The unknowns that stress adds to a cell, and the function that makes its terms of them."""
    dim = layout.geometry.summary.dim
    if options.symmetry.dim not in (None, dim):
        raise InputError(f"ChemoMechanics in {options.symmetry.value} needs a 2D mesh, and this one is {dim}D.")
    solids = mechanical_data(layout, regions)
    sizes = scales(layout, solids, temperature)
    return unknowns(options, layout, sizes), partial(mechanics, options, solids, sizes)
