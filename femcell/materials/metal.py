"""Metals: current collectors, and lithium as an electrode."""

from dataclasses import dataclass

from femcell.kinds import require_fields
from femcell.materials._checks import require_number, require_property, require_text
from femcell.materials.film import Film
from femcell.materials.laws import REFERENCE_TEMPERATURE, Property
from femcell.materials.mechanical import Mechanical
from femcell.materials.reaction import Reaction, require_reactions
from femcell.reprs import angled, property_in


@dataclass(frozen=True, kw_only=True)
class Metal:
    """A metal that conducts electrons and takes part in no reaction.

    Attributes:
        name: what messages and results call it.
        conductivity: electronic, S/m.
        mechanical: how it deforms, for models with stress.
        source: where the number is from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    conductivity: float
    mechanical: Mechanical | None = None
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, self.name, f"{self.conductivity:.4g} S/m")

    def __post_init__(self) -> None:
        """Check every value."""
        require_text("metal", "name", self.name)
        owner = f"metal {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "conductivity", self.conductivity, "S/m", above=0)
        require_fields(self, "mechanical")


@dataclass(frozen=True, kw_only=True)
class LithiumMetal:
    """The surface of a lithium electrode, Li <-> Li+ + e-: its potential against lithium is 0 by definition.

        i = i0 [exp(a_a F eta / (R T)) - exp(-a_c F eta / (R T))],  eta = phi_s - phi_e

    Attributes:
        name: what messages and results call it.
        exchange_current_density: i0, A/m2; number or law of (c_e, T).
        anodic_transfer_coefficient: a_a.
        cathodic_transfer_coefficient: a_c.
        double_layer_capacitance: F/m2 of interface; 0 leaves the double layer out.
        film_resistance: of a film between the metal and the electrolyte, Ohm m2, that all reactions share.
        side_reactions: at its surface, beside dissolution and plating.
        films: that side reactions build there.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str = "lithium"
    exchange_current_density: Property
    anodic_transfer_coefficient: float = 0.5
    cathodic_transfer_coefficient: float = 0.5
    double_layer_capacitance: float = 0.0
    film_resistance: float = 0.0
    side_reactions: tuple[Reaction, ...] = ()
    films: tuple[Film, ...] = ()
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, self.name, f"exchange current density {property_in(self.exchange_current_density, 'A/m2')}")

    def __post_init__(self) -> None:
        """Check every value."""
        require_text("lithium metal", "name", self.name)
        owner = f"lithium metal {self.name!r}"
        require_text(owner, "source", self.source)
        surface = {"c_e": 1000.0, "T": REFERENCE_TEMPERATURE}
        require_property(owner, "exchange_current_density", self.exchange_current_density, "A/m2", surface, above=0)
        for field in ("anodic_transfer_coefficient", "cathodic_transfer_coefficient"):
            require_number(owner, field, getattr(self, field), "1", above=0)
        require_number(owner, "double_layer_capacitance", self.double_layer_capacitance, "F/m2", at_least=0)
        require_number(owner, "film_resistance", self.film_resistance, "Ohm m2", at_least=0)
        require_reactions(owner, self.side_reactions, self.films)
