"""Electrochemical reactions as data: how many electrons, what appears and disappears, and how fast."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials._checks import require_number, require_text
from femcell.materials.film import Film
from femcell.reprs import angled

HOST = "host"
"""Lithium in the host at the interface, as a species of a reaction."""


class Interface(Protocol):
    """What a rate law sees of the interface that it acts on.

    Attributes:
        jump: potential of the solid over that of the electrolyte beyond any film, phi_s - phi_e - R_film i, V.
        temperature: K.
        concentrations: dissolved species -> mol/m3.
        salt: concentration of salt, mol/m3.
        thicknesses: film -> m.
        surface: concentration of lithium in the host at the interface, mol/m3; None where there is no host.
        maximum: that of a full host, mol/m3.
        equilibrium: potential of insertion against lithium, V; None where there is no host.
    """

    jump: Any
    temperature: Any
    concentrations: Mapping[str, Any]
    salt: Any
    thicknesses: Mapping[str, Any]
    surface: Any
    maximum: Any
    equilibrium: Any

    def constant(self, value: float) -> Any:
        """A number of the rate law; another value compiles nothing."""

    def number(self, owner: Any, prop: str) -> Any:
        """A number of a material as a parameter that can be changed by name."""

    def law(self, owner: Any, prop: str, *arguments: Any) -> Any:
        """A property of a material at `arguments`, with a parameter for its number or its factor."""


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """A reaction that passes electrons to a solid where it runs forward, in the direction of oxidation.

    Attributes:
        name: what observables and parameters call it.
        electrons: n, passed to the solid each time.
        stoichiometry: species -> how many of it appear each time (negative: disappear): dissolved species and films by
            their names (`"Li+"`), lithium in the host as `HOST`. Lithium that appears or disappears on balance comes
            from or goes into a solid that is not followed.
        rate: current density at an interface, A per m2 of it, positive for oxidation.
        equilibrium_potential: against lithium at an interface, V, for its heat.
        entropic_potential: at an interface, V, whose derivative by the temperature is the entropic coefficient; left
            out, the equilibrium potential itself.
        source: where the law is from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    electrons: int
    stoichiometry: Mapping[str, float]
    rate: Callable[[Any], Any]
    equilibrium_potential: Callable[[Any], Any] = lambda interface: 0.0
    entropic_potential: Callable[[Any], Any] | None = None
    source: str

    def __post_init__(self) -> None:
        """Check every value."""
        require_fields(self)
        require_text("reaction", "name", self.name)
        owner = f"reaction {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "electrons", self.electrons, "1", above=0)
        for species, count in self.stoichiometry.items():
            require_number(owner, f"stoichiometry of {species!r}", count, "1")

    def __repr__(self) -> str:
        """Short, with units."""
        sides = ", ".join(f"{count:+g} {species}" for species, count in self.stoichiometry.items())
        return angled(self, self.name, sides, f"{self.electrons:+d} e-")

    def per_charge(self, species: str) -> float:
        """Times that a species appears per electron."""
        return self.stoichiometry.get(species, 0.0) / self.electrons


def require_reactions(owner: str, reactions: Any, films: Any) -> None:
    """Raise InputError unless these are reactions and films of different names."""
    for name, given, kind in (("side_reactions", reactions, Reaction), ("films", films, Film)):
        if not (isinstance(given, tuple) and all(isinstance(one, kind) for one in given)):
            raise InputError(f"{owner}: {name} must be a tuple of {kind.__name__}(...), not {given!r}.")
        names = [one.name for one in given]
        twice = [one for one in names if names.count(one) > 1]
        if twice:
            raise InputError(f"{owner}: {name} has two called {twice[0]!r}; give one another name.")
