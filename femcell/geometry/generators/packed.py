"""Place, mesh, check, and try again with the next packing of the seed: what both packings share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from femcell.errors import InputError
from femcell.geometry.generators.cell import particle_cell
from femcell.geometry.generators.gmsh_tools import MeshReport, checked_path, load_gmsh
from femcell.geometry.generators.particles import ElectrodePacking, Particles, check
from femcell.geometry.generators.placement import place
from femcell.geometry.generators.shapes import Electrode
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
    checked_path(path)
    load_gmsh()
    check(attempts >= 1, f"the packing has {attempts} attempts; give at least 1")
    check(seed >= 0, f"the packing's seed is {seed}; give a number from 0 up")
    check(min(section) > 0, f"the packing's section is {section} m; give positive lengths")
    check(separator > 0, f"separator thickness is {separator} m; give a positive length")
    check(foil > 0, f"foil thickness is {foil} m; give a positive length")
    last = ""
    for attempt in range(attempts):

        def fill(packing: ElectrodePacking, side: int, attempt: int = attempt) -> Particles:
            return place(
                packing,
                section,
                seed=(seed, side, attempt),
                min_particles=min_particles,
                facet=size.at_interface,
            ).particles

        # Here the input's own errors come out: they would be the same at every attempt.
        plus = fill(positive, 0)
        minus = None if negative is None else fill(negative, 1)
        full = negative is not None and minus is not None
        front = Electrode(positive.region, plus, "foil_positive" if full else "foil", foil)
        back = (
            Electrode(negative.region, minus, "foil_negative", foil)
            if negative is not None and minus is not None
            else None
        )
        try:
            report = particle_cell(
                path, positive=front, negative=back, separator=separator, size=size, min_quality=min_quality
            )
        except InputError as error:
            last = str(error)
            continue
        targets = {item.region: item.porosity for item in (positive, negative) if item is not None}
        off = {
            name: report.porosity[name]
            for name, aim in targets.items()
            if abs(report.porosity[name] - aim) > TOLERANCE
        }
        if off:
            last = f"the mesh's porosity {off} is off the target by more than {TOLERANCE}"
            report.path.unlink()
            continue
        return replace(report, seed=seed, attempt=attempt)
    raise InputError(f"no packing of seed {seed} passed in {attempts} attempts: {last}")
