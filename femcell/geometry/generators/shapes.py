"""The geometry of a cell of particles in gmsh: layers, fused and cut particles, and what is refused of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from femcell.errors import InputError
from femcell.geometry.generators.gmsh_tools import MICRO, DimTags
from femcell.geometry.generators.particles import Particles
from femcell.geometry.generators.seams import axis_angle, orientations
from femcell.kinds import require_fields

SHORTEST = 0.03  # least length of an edge of the geometry, over the mesh size at the particle surface


class PackingError(InputError):
    """This packing makes no good mesh; another one of the same kind may."""


@dataclass(frozen=True)
class Electrode:
    """Particles of one active region and the foil behind them.

    Args:
        region: name of the active region.
        particles: in the electrode's own frame, separator at 0 and foil at `particles.box[-1]`.
        foil: name of the foil's region.
        foil_thickness: [m].
    """

    region: str
    particles: Particles
    foil: str = "foil"
    foil_thickness: float = 4e-6

    def __post_init__(self) -> None:
        """Check the kinds; InputError."""
        require_fields(self)


@dataclass(frozen=True)
class Regions:
    """Tags of the top-dimensional entities; a list of lists has one list for each electrode."""

    separator: list[int]
    active: list[list[int]]
    pores: list[list[int]]
    foils: list[list[int]]


def build(
    gmsh: Any,
    dim: int,
    section: Sequence[float],
    separator: float,
    electrodes: Sequence[Electrode],
    full: bool,
) -> tuple[Regions, float]:
    """Make the geometry; the entities of each region and the total height [um]."""
    occ = gmsh.model.occ
    height = 0.0

    def slab(thickness: float) -> tuple[int, int]:
        nonlocal height
        if dim == 2:
            tag = occ.addRectangle(0.0, height, 0.0, section[0], thickness)
        else:
            tag = occ.addBox(0.0, 0.0, height, section[0], section[1], thickness)
        height += thickness
        return dim, tag

    slabs: DimTags = []
    active: list[DimTags] = []
    roles: list[str] = []
    for electrode in electrodes:
        upwards = not full or electrode is electrodes[-1]  # the foil is above the particles
        foil, layer = electrode.foil_thickness / MICRO, electrode.particles.box[-1] / MICRO
        order = ("separator", "electrode", "foil") if upwards else ("foil", "electrode")
        for role in order:
            bottom = height
            slabs.append(slab({"separator": separator / MICRO, "electrode": layer, "foil": foil}[role]))
            roles.append(role)
            if role == "electrode":
                active.append(_particles(gmsh, dim, electrode.particles, slabs[-1], bottom, upwards))
    tools = [pair for group in active for pair in group]
    _, children = occ.fragment(slabs, tools)
    occ.synchronize()
    pieces = [[tag for d, tag in child if d == dim] for child in children]
    solid: list[list[int]] = []
    start = len(slabs)
    for group in active:
        solid.append([tag for child in pieces[start : start + len(group)] for tag in child])
        start += len(group)
    inside = {tag for group in solid for tag in group}
    by_role: dict[str, list[list[int]]] = {"separator": [], "electrode": [], "foil": []}
    for role, tags in zip(roles, pieces[: len(slabs)], strict=True):
        by_role[role].append([tag for tag in tags if tag not in inside])
    return Regions(by_role["separator"][0], solid, by_role["electrode"], by_role["foil"]), height


def _particles(
    gmsh: Any, dim: int, particles: Particles, layer: tuple[int, int], bottom: float, upwards: bool
) -> DimTags:
    """Fused discs or spheres, cut off at the faces of their layer."""
    occ = gmsh.model.occ
    shapes: DimTags = []
    turns = orientations(particles) if dim == 3 else np.empty((len(particles), 0))
    for centre, radius, turn in zip(particles.centres / MICRO, particles.radii / MICRO, turns, strict=True):
        depth = centre[-1] if upwards else particles.box[-1] / MICRO - centre[-1]
        if dim == 2:
            shapes.append((2, occ.addDisk(centre[0], bottom + depth, 0.0, radius, radius)))
        else:
            place = (centre[0], centre[1], bottom + depth)
            shapes.append((3, occ.addSphere(*place, radius)))
            # Upside down, the seam is mirrored too; flipping y first, which leaves the seam alone, keeps the
            # turn a rotation.
            side = 1.0 if upwards else -1.0
            axis, angle = axis_angle(np.diag([1.0, 1.0, side]) @ turn @ np.diag([1.0, side, 1.0]))
            occ.rotate(shapes[-1:], *place, *axis, angle)
    fused = occ.fuse(shapes[:1], shapes[1:])[0] if len(shapes) > 1 else shapes
    cut, _ = occ.intersect(fused, [layer], removeObject=True, removeTool=False)
    return [pair for pair in cut if pair[0] == dim]


def faces(gmsh: Any, dim: int, tags: Sequence[int]) -> set[int]:
    """Faces of the given entities, those between two of them too."""
    if not tags:
        return set()
    boundary = gmsh.model.getBoundary([(dim, tag) for tag in tags], combined=False, oriented=False)
    return {tag for _, tag in boundary}


def refuse_islands(gmsh: Any, dim: int, regions: Regions, electrodes: Sequence[Electrode]) -> None:
    """Raise PackingError where a solid has no face on its foil or a pore none on the separator."""
    separator = faces(gmsh, dim, regions.separator)
    for electrode, solid, pores, foil in zip(electrodes, regions.active, regions.pores, regions.foils, strict=True):
        on_foil = faces(gmsh, dim, foil)
        loose = sum(not (faces(gmsh, dim, [tag]) & on_foil) for tag in solid)
        sealed = sum(not (faces(gmsh, dim, [tag]) & separator) for tag in pores)
        if loose or sealed:
            raise PackingError(
                f"electrode '{electrode.region}' has {loose} solid pieces without a way to the foil and"
                f" {sealed} pores without a way to the separator;"
                " use another seed or overlap, or allow_islands=True"
            )


def refuse_short_edges(gmsh: Any, near: float) -> None:
    """Raise PackingError where an edge of the geometry is far shorter than the mesh: slivers would follow."""
    lengths = np.array([gmsh.model.occ.getMass(1, tag) for _, tag in gmsh.model.getEntities(1)])
    # The poles of a sphere are edges of no length at all, which gmsh knows how to take.
    short = lengths[(lengths > 1e-6 * near) & (lengths < SHORTEST * near)]
    if len(short):
        raise PackingError(
            f"the packing has {len(short)} edges shorter than {SHORTEST} of the mesh size at the particle"
            " surface; use another seed"
        )
