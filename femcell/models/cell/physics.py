"""The balance laws that a user chooses for a cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from femcell.errors import InputError
from femcell.models.cell.electrochemistry import Electrochemistry
from femcell.models.core import Law
from femcell.models.electrolyte.state import ElectrolyteLaw
from femcell.models.layout.layout import Layout
from femcell.models.layout.reference import Reference
from femcell.models.mechanics.stress import ChemoMechanics
from femcell.models.thermal.heat import Heat, LumpedHeat


@dataclass(frozen=True, eq=False)
class Parts:
    """What laws beside those of every cell may build on.

    Attributes:
        layout: the parts of the cell.
        reference: what residuals are judged by.
        ions: law of the electrolyte.
        temperature: at the start, K.
    """

    layout: Layout
    reference: Reference
    ions: ElectrolyteLaw
    temperature: float


@runtime_checkable
class More(Protocol):
    """A choice of further laws of a cell.

    Attributes:
        digest: what tells runs with other choices apart.
    """

    digest: str

    def laws(self, parts: Parts) -> Sequence[Law]:
        """The laws."""


type Physics = Electrochemistry | ChemoMechanics | Heat | LumpedHeat | More

NAMES = "Electrochemistry(), ChemoMechanics(...), Heat(...), LumpedHeat(...), or an object with laws(parts) and digest"


def pick(physics: Sequence[Physics], kind: Any) -> Any:
    """The one of a kind, or None; InputError where there are several, or what is no physics of a cell."""
    for given in physics:
        if not isinstance(given, Electrochemistry | ChemoMechanics | Heat | LumpedHeat | More):
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
            *[given.digest for given in physics if isinstance(given, More)],
        ]
    )


def more_laws(physics: Sequence[Physics], parts: Parts) -> list[Law]:
    """The laws beside those of every cell."""
    return [law for given in physics if isinstance(given, More) for law in given.laws(parts)]
