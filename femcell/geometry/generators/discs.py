"""Cells with electrodes of overlapping discs, in two dimensions."""

from __future__ import annotations

from pathlib import Path

from femcell.geometry.generators.gmsh_tools import MeshReport
from femcell.geometry.generators.packed import packed_cell
from femcell.geometry.generators.particles import ElectrodePacking
from femcell.geometry.generators.sizes import MeshSize
from femcell.kinds import arguments_of_their_kind


@arguments_of_their_kind()
def disc_packing(
    path: str | Path,
    *,
    positive: ElectrodePacking,
    negative: ElectrodePacking | None = None,
    width: float,
    separator: float,
    foil: float = 4e-6,
    size: MeshSize,
    seed: int = 0,
    min_particles: int = 1,
    min_quality: float = 0.05,
    attempts: int = 16,
) -> MeshReport:
    """A half or full cell whose electrodes are packings of overlapping discs.

    The discs are cut by the foil they are bonded to and form trees: in the plane, a ring would close off a
    pore. Regions and surfaces are those of `particle_cell`; the foils are "foil", or "foil_negative" and
    "foil_positive".

    Args:
        path: `.msh` file to write (coordinates in micrometres).
        positive: the electrode behind the separator.
        negative: the electrode before it; None makes a half cell with "lithium" at 0.
        width: length across [m].
        separator: separator thickness [m].
        foil: thickness of each foil [m].
        size: edge lengths.
        seed: the same seed gives the same mesh.
        min_particles: least number of discs in each electrode.
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
        section=(width,),
        separator=separator,
        foil=foil,
        size=size,
        seed=seed,
        min_particles=min_particles,
        min_quality=min_quality,
        attempts=attempts,
    )
