"""Films that reactions build on the surface of a solid."""

from dataclasses import dataclass

from femcell.kinds import require_fields
from femcell.materials._checks import require_number, require_text


@dataclass(frozen=True, kw_only=True)
class Film:
    """A layer of one product between a solid and the electrolyte; a reaction names it in its stoichiometry.

    Attributes:
        name: what stoichiometries and results call it.
        molar_volume: m3/mol.
        conductivity: for ions through the film, S/m; None for a film without a resistance.
        lithium: atoms of lithium in one formula unit.
        initial_thickness: m.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    molar_volume: float
    conductivity: float | None = None
    lithium: float = 1.0
    initial_thickness: float = 0.0
    source: str

    def __post_init__(self) -> None:
        """Check every value."""
        require_fields(self)
        require_text("film", "name", self.name)
        owner = f"film {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "molar_volume", self.molar_volume, "m3/mol", above=0)
        if self.conductivity is not None:
            require_number(owner, "conductivity", self.conductivity, "S/m", above=0)
        require_number(owner, "lithium", self.lithium, "1 (atoms per formula unit)", at_least=0)
        require_number(owner, "initial_thickness", self.initial_thickness, "m", at_least=0)
