"""Lengths of cells with porous electrodes that are most likely in the wrong unit."""

from collections.abc import Collection, Mapping

from femcell.materials import Cell
from femcell.plausibility import implausible

RADIUS = (1e-9, 1e-3)
"""Of particles, m: a few atoms, a grain of sand."""

LAYER = (1e-7, 1e-2)
"""Thickness of electrodes and separators, m: thin films to ten times the thickest electrodes."""

FOIL = (1e-7, 1e-2)
"""Thickness of collectors, m: films of metal to plates."""


def check_lengths(cell: Cell, half: bool, accept: Collection[str]) -> None:
    """Check radii and thicknesses of a cell.

    Raises:
        InputError: one is out of its bounds, unless `accept` names the check.
    """
    electrodes = {"positive": cell.positive} | ({} if half else {"negative": cell.negative})
    for name, electrode in electrodes.items():
        for particles in electrode.particles:
            what = f"The radius of the particles of {particles.active.name!r} in the {name} electrode"
            _check("particle_radius", what, particles.radius, RADIUS, accept)
        _check("layer_thickness", f"The thickness of the {name} electrode", electrode.thickness, LAYER, accept)
    _check("layer_thickness", "The thickness of the separator", cell.separator_thickness, LAYER, accept)


def check_foils(
    volumes: Mapping[str, float], collectors: Collection[str], area: float, accept: Collection[str]
) -> None:
    """Check the thickness of collectors by their volumes over the area of the stack; raises as `check_lengths`."""
    for name in collectors:
        _check("foil_thickness", f"The thickness of the collector '{name}'", volumes[name] / area, FOIL, accept)


def _check(name: str, what: str, value: float, bounds: tuple[float, float], accept: Collection[str]) -> None:
    if not bounds[0] <= value <= bounds[1]:
        implausible(
            name, f"{what} is {value:.3g} m, not within {bounds[0]:g} to {bounds[1]:g} m; give it in metres", accept
        )
