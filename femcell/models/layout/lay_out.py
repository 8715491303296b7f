"""Sorting the regions of a mesh into the parts of a cell, and what cannot work, found before the solve."""

import warnings
from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any

from femcell.errors import InputError
from femcell.geometry import Component, Geometry
from femcell.materials import ActiveMaterial, Electrolyte, Metal, PorousSeparator
from femcell.materials import Electrode as PorousElectrode
from femcell.models.layout.contacts import Pair
from femcell.models.layout.layout import Active, Electrode, Layout, Material
from femcell.models.layout.porous import Pores, numbered, populations
from femcell.models.layout.terminals import LithiumMetal, Terminal, UniformCurrent
from femcell.plausibility import implausible

EXTENT = (1e-7, 2e-2)
"""Lengths (m) beyond which a mesh is most likely in another unit: a tenth of the thinnest film between two electrodes;
4e8 elements of a micrometre would cover the square."""

PARTICLE_SIZE = (1e-10, 1e-3)
"""Volume over wetted area of active material (m) beyond which a unit is most likely wrong: an atom, and a slab of a
millimetre."""

USUAL_PARTICLE_SIZE = (1e-9, 2e-4)
"""The same, of a particle that an electrode has: a third of a radius, nanoparticles to well above any."""


class Islands(Enum):
    """What to do with particles that no electron reaches and pores that no ion reaches."""

    ERROR = "error"
    DROP = "drop"


def lay_out(
    geometry: Geometry,
    electrolyte: Any,
    regions: Mapping[str, Material],
    positive: Terminal,
    negative: Terminal | LithiumMetal,
    islands: Islands,
    contacts: Mapping[Pair, float] | None = None,
    accept: Collection[str] = (),
    radial_points: int = 8,
) -> Layout:
    """Sort the regions into parts.

    Args:
        geometry: the named mesh.
        electrolyte: of the cell; regions called `electrolyte` are filled with it.
        regions: what each region is made of.
        positive: terminal.
        negative: terminal, or lithium metal.
        islands: what to do with pieces that are not connected.
        contacts: pair of solid regions -> resistance between them, Ohm m2.
        accept: names of plausibility checks whose findings are meant.
        radial_points: of the particles of regions that are porous electrodes.

    Raises:
        InputError: names that do not match, an empty terminal, a size that no cell has (unless `accept` names the
            check), two materials that should not meet, or pieces that are not connected (unless `islands` says to
            leave them out).
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
    geometry.require_apart((positive.surface, negative.surface), "The terminals")
    _check_extent(geometry, accept)

    wet = tuple(n for n, m in materials.items() if _is_wet(m) or m is electrolyte)
    solid = tuple(n for n, m in materials.items() if isinstance(m, ActiveMaterial | Metal | PorousElectrode))
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
        electrodes.append(Electrode(label, terminal, names, _actives(label, names, materials, geometry, radial_points)))
    shared = set(members.get("negative", ())) & set(members["positive"])
    if shared:
        raise InputError(f"Region '{shared.pop()}' has pieces on both terminals; give them two physical names.")
    for electrode in electrodes:
        for active in electrode.actives:
            if active.radial_points == 0:
                _check_particles(geometry, active, wet, accept)
    conductors = {n: _conductivity(materials[n]) for n in solid if geometry.summary.volumes[n] > 0}
    averaged = {n: m for n, m in materials.items() if isinstance(m, PorousElectrode)}
    _require_apart(geometry, tuple(averaged), tuple(n for n in solid if isinstance(materials[n], ActiveMaterial)))
    return Layout(
        geometry=geometry,
        electrolyte_regions=wet,
        porous={
            **{n: m for n, m in materials.items() if isinstance(m, PorousSeparator)},
            **{n: Pores.of(m, separator_first=False) for n, m in averaged.items()},
        },
        electrodes=tuple(electrodes),
        counter=negative if isinstance(negative, LithiumMetal) else None,
        conductors=conductors,
        left_out=left_out,
        contacts=contacts or {},
        in_plane_conduction={n: m.in_plane_conductivity_ratio for n, m in averaged.items()},
    )


def _is_wet(material: Material) -> bool:
    return isinstance(material, PorousSeparator | Electrolyte | PorousElectrode)


def _conductivity(material: Material) -> float:
    if isinstance(material, PorousElectrode):
        return material.effective_conductivity
    assert isinstance(material, ActiveMaterial | Metal)
    return material.conductivity


def _require_apart(geometry: Geometry, averaged: tuple[str, ...], resolved: tuple[str, ...]) -> None:
    """Raise InputError where particles that are resolved touch an electrode that is averaged."""
    for a, b in geometry.summary.interfaces:
        for one, other in ((a, b), (b, a)):
            if one in averaged and other in resolved:
                raise InputError(
                    f"Region '{other}' resolves its particles and touches '{one}', which averages them; put a "
                    "separator between them, or make both of one kind."
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
    label: str, names: tuple[str, ...], materials: Mapping[str, Material], geometry: Geometry, radial_points: int
) -> tuple[Active, ...]:
    """Regions of an electrode grouped by active material; populations of those that are averaged."""
    volumes = geometry.summary.volumes
    groups: list[list[str]] = []
    for name in names:
        if isinstance(materials[name], ActiveMaterial):
            same = next((g for g in groups if materials[g[0]] == materials[name]), None)
            if same is None:
                groups.append([name])
            else:
                same.append(name)
    averaged = [(name, m) for name in names if isinstance(m := materials[name], PorousElectrode)]
    parts = len(groups) + len(averaged)
    if not parts:
        raise InputError(f"The {label} electrode ({', '.join(names)}) holds no active material.")
    found: list[Active] = []
    for group in groups:
        material = materials[group[0]]
        assert isinstance(material, ActiveMaterial)
        name = label if parts == 1 else f"{label}_{group[0]}"
        found.append(Active(name, material, tuple(group), sum(volumes[n] for n in group)))
    for region, electrode in averaged:
        if electrode.porosity_profile is not None or electrode.active_profile is not None:
            raise InputError(
                f"Region '{region}' is a graded electrode, whose depths a mesh of any shape does not know; leave its "
                "profiles out."
            )
        own = numbered(label if parts == 1 else f"{label}_{region}", electrode)
        found += populations(own, region, electrode, radial=radial_points, volume=volumes[region])
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
