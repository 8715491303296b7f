"""How fine the mesh of a cell is, and where."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from femcell.geometry.generators.gmsh_tools import MICRO
from femcell.geometry.generators.particles import check
from femcell.geometry.generators.shapes import Regions, faces
from femcell.kinds import require_fields


@dataclass(frozen=True)
class MeshSize:
    """Edge lengths [m].

    Args:
        particle: inside the particles.
        pore: in the pores of the electrodes.
        interface: at the particle surface; by default the smaller of the two above.
        separator: in the separator away from the electrodes; by default twice `pore`.
        foil: in the foils; by default `particle`.
        growth: increase of the size per distance from the particle surface.
    """

    particle: float
    pore: float
    interface: float | None = None
    separator: float | None = None
    foil: float | None = None
    growth: float = 0.4

    def __post_init__(self) -> None:
        """Check the numbers."""
        require_fields(self)
        for name in ("particle", "pore", "interface", "separator", "foil", "growth"):
            value = getattr(self, name)
            check(value is None or value > 0, f"mesh size: {name} is {value}; give a positive number")

    @property
    def at_interface(self) -> float:
        """Edge length at the particle surface [m]."""
        return self.interface if self.interface is not None else min(self.particle, self.pore)

    def scaled(self, factor: float) -> MeshSize:
        """All lengths times `factor`."""
        given = {
            name: factor * value
            for name in ("particle", "pore", "interface", "separator", "foil")
            if (value := getattr(self, name)) is not None
        }
        return replace(self, **given)


def set_sizes(gmsh: Any, dim: int, regions: Regions, size: MeshSize) -> None:
    """Background size: fine at the particle surface, growing into particles, pores and separator."""
    fields = gmsh.model.mesh.field
    solid = [tag for tags in regions.active for tag in tags]
    pores = [tag for tags in regions.pores for tag in tags]
    foils = [tag for tags in regions.foils for tag in tags]
    interface = sorted(faces(gmsh, dim, solid))
    near = size.at_interface / MICRO
    distance = fields.add("Distance")
    fields.setNumbers(distance, "SurfacesList" if dim == 3 else "CurvesList", interface)
    # Points on each face to measure from: about two mesh sizes apart, were the face as large as the cell.
    bounds = gmsh.model.getBoundingBox(-1, -1)
    across = max(high - low for low, high in zip(bounds[:3], bounds[3:], strict=True))
    fields.setNumber(distance, "Sampling", max(20, int(0.5 * across / near)) if dim == 3 else 100)
    in_list = "VolumesList" if dim == 3 else "SurfacesList"
    separator = size.separator if size.separator is not None else 2 * size.pore
    foil = size.foil if size.foil is not None else size.particle
    limits = [(solid, size.particle), (pores, size.pore), (regions.separator, separator), (foils, foil)]
    restricted = []
    for tags, metres in limits:
        grown = fields.add("Threshold")
        high = metres / MICRO
        low = min(near, high)
        for option, value in {
            "InField": distance,
            "SizeMin": low,
            "SizeMax": high,
            "DistMin": 0.0,
            "DistMax": max((high - low) / size.growth, 1e-3 * high),
        }.items():
            fields.setNumber(grown, option, value)
        only = fields.add("Restrict")
        fields.setNumber(only, "InField", grown)
        fields.setNumbers(only, in_list, tags)
        fields.setNumber(only, "IncludeBoundary", 1)
        restricted.append(only)
    smallest = fields.add("Min")
    fields.setNumbers(smallest, "FieldsList", restricted)
    fields.setAsBackgroundMesh(smallest)
    for option in ("MeshSizeFromPoints", "MeshSizeFromCurvature", "MeshSizeExtendFromBoundary"):
        gmsh.option.setNumber(f"Mesh.{option}", 0)
