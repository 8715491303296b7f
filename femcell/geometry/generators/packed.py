"""Place, mesh, check, and try again with the next packing of the seed: what both packings share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from femcell.errors import InputError
from femcell.geometry.generators.cell import check_names, particle_cell
from femcell.geometry.generators.gmsh_tools import MeshReport, checked_path, load_gmsh
from femcell.geometry.generators.particles import ElectrodePacking, check
from femcell.geometry.generators.placement import place
from femcell.geometry.generators.shapes import Electrode, PackingError
from femcell.geometry.generators.sizes import MeshSize

TOLERANCE = 0.02  # allowed difference between the mesh's porosity and the target


def packed_cell(
    path: str | Path,
    *,
    positive: ElectrodePacking,
    negative: ElectrodePacking | None,
    section: tuple[float, ...],
    separator: float,
    foil: float,
    size: MeshSize,
    seed: int,
    min_particles: int,
    min_quality: float,
    attempts: int,
) -> MeshReport:
    """Fill the electrodes, mesh the cell, and take the first attempt that passes every check.

    Args are those of `sphere_packing`; `section` holds the lateral lengths [m] and so gives the dimension.

    Raises:
        InputError: on bad input, or with what stopped the last attempt.
    """
    target = checked_path(path)
    load_gmsh()
    check(attempts >= 1, f"the packing has {attempts} attempts; give at least 1")
    check(seed >= 0, f"the packing's seed is {seed}; give a number from 0 up")
    check(min(section) > 0, f"the packing's section is {section} m; give positive lengths")
    check(separator > 0, f"separator thickness is {separator} m; give a positive length")
    check(foil > 0, f"foil thickness is {foil} m; give a positive length")
    foils = ["foil"] if negative is None else ["foil_negative", "foil_positive"]
    check_names([positive.region, *([] if negative is None else [negative.region]), *foils])
    # Written beside the target and moved there at the end: what stood there stays until there is better.
    draft = target.with_name(f".{target.stem}-draft.msh")
    last = ""
    for attempt in range(attempts):

        def fill(packing: ElectrodePacking, side: int, foil_region: str, attempt: int = attempt) -> Electrode:
            placed = place(
                packing,
                section,
                seed=(seed, side, attempt),
                min_particles=min_particles,
                facet=size.at_interface,
            )
            return Electrode(packing.region, placed.particles, foil_region, foil)

        front = fill(positive, 0, foils[-1])
        back = None if negative is None else fill(negative, 1, foils[0])
        try:
            report = particle_cell(
                draft, positive=front, negative=back, separator=separator, size=size, min_quality=min_quality
            )
            for item in (positive, negative):
                if item is not None and abs(report.porosity[item.region] - item.porosity) > TOLERANCE:
                    raise PackingError(
                        f"porosity of '{item.region}' is {report.porosity[item.region]:.3f} in the mesh"
                        f" and not {item.porosity:.3f}; use a finer mesh at the interface"
                    )
            draft.replace(target)
        except PackingError as error:
            last = str(error)
        else:
            return replace(report, path=target, seed=seed, attempt=attempt)
        finally:
            draft.unlink(missing_ok=True)
    raise InputError(f"no packing of seed {seed} passed in {attempts} attempts: {last}")
