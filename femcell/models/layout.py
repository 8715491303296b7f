"""Which region plays which part in a resolved cell, and what cannot work, found before the solve."""

import warnings
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import Any, Protocol

from femcell.errors import InputError
from femcell.geometry import Component, Geometry
from femcell.materials import ActiveMaterial, Electrolyte, Metal, PorousSeparator, evaluate
from femcell.models.contacts import Pair, potentials
from femcell.models.terminals import LithiumMetal, Terminal, UniformCurrent
from femcell.plausibility import implausible

Material = ActiveMaterial | Metal | PorousSeparator | Electrolyte

EXTENT = (1e-9, 2e-2)
"""Lengths (m) beyond which a mesh is most likely in another unit: a few atoms; 4e8 elements of a micrometre would cover
the square."""

PARTICLE_SIZE = (1e-10, 1e-3)
"""Volume over wetted area of active material (m) beyond which a unit is most likely wrong: an atom, and a slab of a
millimetre."""

USUAL_PARTICLE_SIZE = (1e-9, 2e-4)
"""The same, of a particle that an electrode has: a third of a radius, nanoparticles to well above any."""


class Porous(Protocol):
    """What electrolyte in pores needs to know of them: numbers, or profiles over the depth."""

    @property
    def porosity(self) -> Any:
        """Volume of electrolyte per volume."""

    @property
    def transport_factor(self) -> Any:
        """Effective over bulk transport, through the layer."""

    @property
    def in_plane_transport_ratio(self) -> float:
        """Transport along the layer over that through it."""


class Islands(Enum):
    """What to do with particles that no electron reaches and pores that no ion reaches."""

    ERROR = "error"
    DROP = "drop"


@dataclass(frozen=True)
class Active:
    """Regions of one electrode that share one active material, and one lithium field.

    Attributes:
        name: `positive`, or `positive_<region>` where there are several.
        material: what it is made of.
        regions: where it is.
        volume: of the active material, m3 (or m, m2 in 1D, 2D).
        radial_points: unknowns per point of the mesh in volume-averaged particles; 0 where they are resolved.
        uniform: one particle stands for all of an electrode, and its reaction is the same everywhere.
    """

    name: str
    material: ActiveMaterial
    regions: tuple[str, ...]
    volume: float
    radial_points: int = 0
    uniform: bool = False

    @property
    def separates(self) -> bool:
        """Whether lithium in it follows the chemical potential of a phase field: where particles are resolved."""
        return self.material.phase_field is not None and self.radial_points == 0


@dataclass(frozen=True)
class Electrode:
    """All solid regions that hang on one terminal."""

    name: str
    terminal: Terminal
    regions: tuple[str, ...]
    actives: tuple[Active, ...]

    def capacity(self, cross_section: float) -> float:
        """Charge between the ends of the stoichiometry windows of its materials, A h."""
        return sum(
            active.material.volumetric_capacity * active.volume * cross_section / 3600.0 for active in self.actives
        )


@dataclass(frozen=True, eq=False)
class Layout:
    """The parts of a cell.

    Attributes:
        geometry: the mesh without what was left out.
        electrolyte_regions: pores and separators.
        porous: what is known of the pores by region, for those that are porous.
        electrodes: one (half cell) or two, the positive last.
        counter: the lithium electrode of a half cell.
        conductors: solid region -> electronic conductivity, S/m.
        in_plane_conduction: solid region -> conductivity along the layer over that through it, where it is not 1.
        left_out: what was removed, in words.
        uniform_electrolyte: concentration and potential of the electrolyte are one number each.
        contacts: pair of solid regions -> electrical resistance between them, Ohm m2; others touch without one.
    """

    geometry: Geometry
    electrolyte_regions: tuple[str, ...]
    porous: Mapping[str, Porous]
    electrodes: tuple[Electrode, ...]
    counter: LithiumMetal | None
    conductors: Mapping[str, float]
    left_out: tuple[str, ...]
    uniform_electrolyte: bool = False
    contacts: Mapping[Pair, float] = field(default_factory=dict)
    in_plane_conduction: Mapping[str, float] = field(default_factory=dict)

    @property
    def resolved(self) -> bool:
        """Whether particles are regions of the mesh, rather than averaged over it."""
        return all(active.radial_points == 0 for electrode in self.electrodes for active in electrode.actives)

    @property
    def positive(self) -> Electrode:
        """The electrode at the positive terminal."""
        return self.electrodes[-1]

    def capacity(self, cross_section: float) -> float:
        """Charge that the smaller electrode holds between the ends of its stoichiometry windows, A h.

        Passed in an hour, it is the current that a solve is judged against, whatever C-rates refer to.
        """
        return min(electrode.capacity(cross_section) for electrode in self.electrodes)

    @property
    def solid_regions(self) -> tuple[str, ...]:
        """All regions that conduct electrons."""
        return tuple(self.conductors)

    @cached_property
    def potentials(self) -> Mapping[str, tuple[str, ...]]:
        """Potential of electrons -> the solid regions that it lives on: `phi_s`, and others beyond contacts."""
        active = {region for e in self.electrodes for a in e.actives for region in a.regions}
        return potentials(self.geometry, self.solid_regions, active, self.contacts)

    def potential_of(self, region: str) -> str:
        """The potential of electrons in a solid region."""
        return next(name for name, regions in self.potentials.items() if region in regions)

    def potential_at(self, surface: str) -> str:
        """The potential of electrons at a terminal; InputError where it holds both sides of a contact. Collective."""
        if len(self.potentials) == 1:
            return "phi_s"
        found = [
            n for n, r in self.potentials.items() if any(surface in c.surfaces for c in self.geometry.components(r))
        ]
        if len(found) > 1:
            raise InputError(f"The terminal '{surface}' bounds both sides of a contact; leave it to one of them.")
        return found[0]


def open_circuit_window(layout: Layout, temperature: float) -> tuple[float, float]:
    """Least and largest open-circuit voltage over all stoichiometries of all active materials, V."""
    low, high = 0.0, 0.0
    for electrode in layout.electrodes:
        curves = [
            evaluate(active.material.open_circuit_potential, i / 200, temperature)
            for active in electrode.actives
            for i in range(1, 200)
        ]
        least, most = min(curves), max(curves)
        low, high = (low + least, high + most) if electrode is layout.positive else (low - most, high - least)
    return low, high


def lay_out(
    geometry: Geometry,
    electrolyte: Electrolyte,
    regions: Mapping[str, Material],
    positive: Terminal,
    negative: Terminal | LithiumMetal,
    islands: Islands,
    contacts: Mapping[Pair, float] | None = None,
    accept: Collection[str] = (),
) -> Layout:
    """Sort the regions into parts.

    Raises:
        InputError: names that do not match, an empty terminal, a size that no cell has (unless `accept` names the
            check), two materials that
            should not meet, or pieces that are not connected (unless `islands` says to leave them out).
    """
    materials = dict(regions)
    if "electrolyte" in geometry.regions:
        materials.setdefault("electrolyte", electrolyte)
    geometry.require_regions(materials, "The study")
    for name in geometry.regions:
        if name not in materials:
            raise InputError(
                f"Region '{name}' of mesh '{geometry.source}' has no material; add it to the study's regions."
            )
    for label, terminal in (("positive", positive), ("negative", negative)):
        geometry.require_surface(terminal.surface, f"The {label} terminal")
    if positive.surface == negative.surface:
        raise InputError(f"Both terminals name the surface '{positive.surface}'; the cell needs two.")
    _check_extent(geometry, accept)

    wet = tuple(n for n, m in materials.items() if isinstance(m, PorousSeparator | Electrolyte))
    solid = tuple(n for n, m in materials.items() if isinstance(m, ActiveMaterial | Metal))
    if not wet:
        raise InputError("No region holds electrolyte; name one 'electrolyte' or give one a separator.")
    for name, material in materials.items():
        if isinstance(material, Electrolyte) and material is not electrolyte and material != electrolyte:
            raise InputError(f"Region '{name}' has another electrolyte than the cell; one cell has one electrolyte.")

    geometry, members, left_out = _connect(geometry, wet, solid, positive, negative, islands)
    electrodes = []
    for label, terminal in (("negative", negative), ("positive", positive)):
        if isinstance(terminal, LithiumMetal):
            continue
        names = members[label]
        electrodes.append(Electrode(label, terminal, names, _actives(label, names, materials, geometry)))
    shared = set(members.get("negative", ())) & set(members["positive"])
    if shared:
        raise InputError(f"Region '{shared.pop()}' has pieces on both terminals; give them two physical names.")
    for electrode in electrodes:
        for active in electrode.actives:
            _check_particles(geometry, active, wet, accept)
    conductors = {
        name: material.conductivity
        for name, material in materials.items()
        if isinstance(material, ActiveMaterial | Metal) and geometry.summary.volumes[name] > 0
    }
    return Layout(
        geometry=geometry,
        electrolyte_regions=wet,
        porous={n: m for n, m in materials.items() if isinstance(m, PorousSeparator)},
        electrodes=tuple(electrodes),
        counter=negative if isinstance(negative, LithiumMetal) else None,
        conductors=conductors,
        left_out=left_out,
        contacts=contacts or {},
    )


def _connect(
    geometry: Geometry,
    wet: tuple[str, ...],
    solid: tuple[str, ...],
    positive: Terminal,
    negative: Terminal | LithiumMetal,
    islands: Islands,
) -> tuple[Geometry, dict[str, tuple[str, ...]], tuple[str, ...]]:
    """Find what each terminal reaches, and deal with what none does."""
    half = isinstance(negative, LithiumMetal)
    members: dict[str, set[str]] = {"positive": set()} if half else {"positive": set(), "negative": set()}
    stray: list[tuple[str, Component]] = []
    for piece in geometry.components(solid):
        at_positive = positive.surface in piece.surfaces
        at_negative = negative.surface in piece.surfaces
        if at_positive and at_negative:
            raise InputError(
                f"The cell is shorted: {piece.describe()} joins '{positive.surface}' and "
                f"'{negative.surface}'; keep the electrodes apart."
            )
        if at_positive:
            members["positive"] |= set(piece.regions)
        elif at_negative and not half:
            members["negative"] |= set(piece.regions)
        elif at_negative:
            raise InputError(
                f"The lithium surface '{negative.surface}' touches {piece.describe()}, which is shorted "
                "to it; it must bound electrolyte only."
            )
        else:
            stray.append(("is connected to no terminal: no electron reaches it", piece))
    for label, names in members.items():
        if not names:
            terminal = positive if label == "positive" else negative
            raise InputError(
                f"The {label} terminal '{terminal.surface}' touches no solid region; "
                "name a face of the foil or of the active material."
            )
    pools = geometry.components(wet)
    reached = [p for p in pools if negative.surface in p.surfaces] if half else pools[:1]
    for terminal in (positive, negative):
        if isinstance(terminal, UniformCurrent) and any(terminal.surface in p.surfaces for p in pools):
            raise InputError(
                f"The terminal '{terminal.surface}' borders electrolyte too, where no uniform current can enter; "
                "put a foil there or make it equipotential."
            )
    if not reached:
        raise InputError(f"The lithium surface '{negative.surface}' touches no electrolyte.")
    stray += [("is a sealed pore: no ion reaches it", p) for p in pools if p not in reached]
    words = tuple(f"{piece.describe()} {reason}" for reason, piece in stray)
    if stray and islands is Islands.ERROR:
        more = f" (and {len(stray) - 1} more)" if len(stray) > 1 else ""
        raise InputError(f"In mesh '{geometry.source}', {words[0]}{more}; mend the mesh or set islands = \"drop\".")
    if stray:
        geometry = geometry.without(piece for _, piece in stray)
    order = {name: i for i, name in enumerate(geometry.regions)}
    return geometry, {k: tuple(sorted(v, key=order.__getitem__)) for k, v in members.items()}, words


def _actives(
    label: str, names: tuple[str, ...], materials: Mapping[str, Material], geometry: Geometry
) -> tuple[Active, ...]:
    """Regions of an electrode grouped by active material."""
    groups: list[list[str]] = []
    for name in names:
        if isinstance(materials[name], ActiveMaterial):
            same = next((g for g in groups if materials[g[0]] == materials[name]), None)
            if same is None:
                groups.append([name])
            else:
                same.append(name)
    if not groups:
        raise InputError(f"The {label} electrode ({', '.join(names)}) holds no active material.")
    found = []
    for group in groups:
        material = materials[group[0]]
        assert isinstance(material, ActiveMaterial)
        name = label if len(groups) == 1 else f"{label}_{group[0]}"
        found.append(Active(name, material, tuple(group), sum(geometry.summary.volumes[n] for n in group)))
    return tuple(found)


def _check_extent(geometry: Geometry, accept: Collection[str]) -> None:
    largest = max(geometry.summary.extent)
    if not EXTENT[0] <= largest <= EXTENT[1]:
        implausible(
            "mesh_extent",
            f"Mesh '{geometry.source}' is {largest:.3g} m long, which no resolved cell is; check the length unit",
            accept,
        )


def _check_particles(geometry: Geometry, active: Active, wet: tuple[str, ...], accept: Collection[str]) -> None:
    pairs = geometry.summary.interfaces
    area = sum(pairs.get((min(a, b), max(a, b)), 0.0) for a in active.regions for b in wet)
    names = "+".join(active.regions)
    if area == 0.0:
        raise InputError(f"Active material '{names}' has no interface with the electrolyte.")
    size = active.volume / area
    said = f"Active material '{names}' has {size:.3g} m of volume per wetted area"
    check = f"check the length unit of mesh '{geometry.source}'"
    if not PARTICLE_SIZE[0] < size < PARTICLE_SIZE[1]:
        implausible("particle_size", f"{said}, which no particle has; {check}", accept)
    elif not USUAL_PARTICLE_SIZE[0] < size < USUAL_PARTICLE_SIZE[1] and "particle_size" not in accept:
        warnings.warn(f"{said}, which few particles have; {check}.", UserWarning, stacklevel=2)
