"""Checks of what can be right but is more often a mistake: refused, unless the user accepts it by name.

What is impossible is refused where it is found and cannot be accepted; what is merely unusual is a warning.
"""

import difflib
from collections.abc import Collection, Mapping

from femcell.errors import InputError

CHECKS: Mapping[str, str] = {
    "mesh_extent": "length of the mesh, which shows a wrong unit of length",
    "particle_size": "volume of an active material over its wetted area",
    "particle_radius": "radius of the spheres of a porous electrode",
    "layer_thickness": "thickness of a porous electrode or a separator",
    "foil_thickness": "volume of a pouch's collector over the area of the stack",
    "voltage": "voltage that a step of an experiment asks for, beyond the open circuit",
}
"""Checks that a user can overrule -> what they look at."""


def require_checks(accept: Collection[str]) -> None:
    """Raise InputError where `accept`, the checks to be overruled, holds a name that no check has."""
    if isinstance(accept, str):
        raise InputError(f'accept holds names of checks: write accept = ["{accept}"].')
    for name in accept:
        if name not in CHECKS:
            close = difflib.get_close_matches(str(name), CHECKS, n=1)
            hint = f"did you mean '{close[0]}'?" if close else ""
            raise InputError(f"accept names '{name}', which no check is called; {hint or _known()}")


def implausible(name: str, sentence: str, accept: Collection[str]) -> None:
    """Refuse what one of the `CHECKS` found, unless the user accepts it.

    Args:
        name: of the check.
        sentence: what is wrong and how it is most likely mended, without a full stop at its end.
        accept: names of the checks that the user overrules.

    Raises:
        InputError: the sentence, and how to overrule it.
    """
    assert name in CHECKS, name
    if name not in accept:
        raise InputError(f'{sentence}; if it is meant, accept = ["{name}"].')


def _known() -> str:
    return "the checks are " + ", ".join(CHECKS) + "."
