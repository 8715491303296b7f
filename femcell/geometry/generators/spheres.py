"""Cells with electrodes of overlapping spheres, in three dimensions."""

from __future__ import annotations

from pathlib import Path

from femcell.geometry.generators.gmsh_tools import MeshReport
from femcell.geometry.generators.packed import packed_cell
from femcell.geometry.generators.particles import ElectrodePacking
from femcell.geometry.generators.sizes import MeshSize
from femcell.kinds import arguments_of_their_kind


@arguments_of_their_kind()
def sphere_packing(
    path: str | Path,
    *,
    positive: ElectrodePacking,
    negative: ElectrodePacking | None = None,
    width: float,
    depth: float | None = None,
    separator: float,
    foil: float = 4e-6,
    size: MeshSize,
    seed: int = 0,
    min_particles: int = 1,
    min_quality: float = 0.05,
    attempts: int = 16,
) -> MeshReport:
    """A half or full cell whose electrodes are packings of overlapping spheres.

    The spheres are cut by the side walls and by the foil they are bonded to, and stay off the separator.
    Regions and surfaces are those of `particle_cell`; the foils are "foil", or "foil_negative" and
    "foil_positive".

    Args:
        path: `.msh` file to write (coordinates in micrometres).
        positive: the electrode behind the separator.
        negative: the electrode before it; None makes a half cell with "lithium" at 0.
        width: first lateral length [m].
        depth: second lateral length [m]; by default the width.
        separator: separator thickness [m].
        foil: thickness of each foil [m].
        size: edge lengths.
        seed: the same seed gives the same mesh.
        min_particles: least number of spheres in each electrode.
        min_quality: least signed inverse condition number of a cell.
        attempts: packings meshed before giving up.

    Returns:
        Sizes, volumes, porosity measured in the mesh, quality.

    Raises:
        InputError: when a length is not positive, the porosity or quality is not reached, or gmsh is missing.
    """
    return packed_cell(
        path,
        positive=positive,
        negative=negative,
        section=(width, width if depth is None else depth),
        separator=separator,
        foil=foil,
        size=size,
        seed=seed,
        min_particles=min_particles,
        min_quality=min_quality,
        attempts=attempts,
    )
