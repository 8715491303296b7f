"""What a study may call by name."""

import contextlib
import dataclasses
import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping

from femcell.errors import InputError
from femcell.materials import Cell, Electrolyte, library
from femcell.models.layout.layout import Material

ELECTROLYTES: Mapping[str, Callable[[], Electrolyte]] = {
    "nyman2008": library.nyman2008,
    "landesfeind2019": library.landesfeind2019,
    "chen2020": lambda: library.chen2020().electrolyte,
    "marquis2019": lambda: library.marquis2019().electrolyte,
}
"""Electrolytes that a study may name."""

MATERIALS: Mapping[str, Callable[[], Material]] = {
    "chen2020.positive": lambda: library.chen2020().positive.active,
    "chen2020.negative": lambda: library.chen2020().negative.active,
    "chen2020.separator": lambda: library.chen2020().separator,
    "marquis2019.positive": lambda: library.marquis2019().positive.active,
    "marquis2019.negative": lambda: library.marquis2019().negative.active,
    "marquis2019.separator": lambda: library.marquis2019().separator,
    "chen2020.positive_electrode": lambda: library.chen2020().positive,
    "chen2020.negative_electrode": lambda: library.chen2020().negative,
    "marquis2019.positive_electrode": lambda: library.marquis2019().positive,
    "marquis2019.negative_electrode": lambda: library.marquis2019().negative,
    "ecker2015.positive_electrode": lambda: library.ecker2015().positive,
    "ecker2015.negative_electrode": lambda: library.ecker2015().negative,
    "lfp_mpet": library.lfp_mpet,
    "aluminium": library.aluminium,
    "copper": library.copper,
}
"""Materials that a study may name for a region; an electrode is averaged there, its particles are not resolved."""

CELLS: Mapping[str, Callable[[], Cell]] = {
    "chen2020": library.chen2020,
    "marquis2019": library.marquis2019,
    "ecker2015": library.ecker2015,
}
"""Cells that a study may name for [dfn]."""


@contextlib.contextmanager
def at(place: str) -> Iterator[None]:
    """Say in which table of the study it is that something complains."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{place}: {error}") from None


def named[T](table: Mapping[str, Callable[[], T]], name: str, place: str, own: Mapping[str, T] | None = None) -> T:
    """What the study's own materials, or else the library, have of that name; InputError where neither has any."""
    if own and name in own:
        return own[name]
    if name not in table:
        where = f"neither [materials] nor the library has '{name}'" if own else f"the library has no '{name}'"
        raise InputError(f"{place}: {where}; {hint(name, [*(own or ()), *table], 'known:' if own else 'it has')}")
    return table[name]()


def hint(key: str, known: Iterable[str], otherwise: str = "it has") -> str:
    """The nearest known name, or all of them."""
    known = list(known)
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean '{close[0]}'?" if close else f"{otherwise} {', '.join(known)}."


def properties(thing: type) -> list[str]:
    """Names of what a material says of itself in numbers."""
    words = {"name", "source", "mechanical", "particles", "phase_field", "active", "electrode_pairs"}
    words |= {"side_reactions", "films"}  # parts of a material that no number stands for
    return sorted({f.name for f in dataclasses.fields(thing)} - words)
