"""The balance laws that a user chooses for a cell."""

from collections.abc import Sequence
from typing import Any

from femcell.errors import InputError
from femcell.models.cell.electrochemistry import Electrochemistry
from femcell.models.mechanics.stress import ChemoMechanics
from femcell.models.thermal.heat import Heat, LumpedHeat

type Physics = Electrochemistry | ChemoMechanics | Heat | LumpedHeat

NAMES = "Electrochemistry(), ChemoMechanics(...), Heat(...) or LumpedHeat(...)"


def pick(physics: Sequence[Physics], kind: Any) -> Any:
    """The one of a kind, or None; InputError where there are several, or what is no physics of a cell."""
    for given in physics:
        if not isinstance(given, Electrochemistry | ChemoMechanics | Heat | LumpedHeat):
            raise InputError(f"The physics of a cell is {NAMES}, not {given!r}.")
    found = [given for given in physics if isinstance(given, kind)]
    if len(found) > 1:
        raise InputError(
            f"The physics of a cell has {len(found)} of {type(found[0]).__name__}; it is one Electrochemistry(), at "
            "most one ChemoMechanics(...) and one Heat(...) or LumpedHeat(...)."
        )
    return found[0] if found else None


def digest_of(physics: Sequence[Physics]) -> str:
    """What tells runs with other physics on the same mesh apart."""
    electrochemistry, stress = pick(physics, Electrochemistry), pick(physics, ChemoMechanics)
    heat = pick(physics, Heat | LumpedHeat)
    return "-".join(
        [
            *([] if electrochemistry is None else [f"P{electrochemistry.degree}"]),
            *([] if stress is None else [f"u{stress.digest}"]),
            *([] if heat is None else [type(heat).__name__]),
        ]
    )
