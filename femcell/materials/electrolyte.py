"""Binary electrolytes: one salt, one solvent, electroneutral."""

from dataclasses import dataclass
from typing import Self

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.materials._checks import require_number, require_property, require_text
from femcell.materials.laws import REFERENCE_TEMPERATURE, Expression, Property, nonnegative
from femcell.reprs import angled, property_in


@dataclass(frozen=True, kw_only=True)
class Electrolyte:
    """A concentrated binary electrolyte of a monovalent lithium salt.

    With c the salt concentration and phi the potential of a lithium reference electrode in the solution, it
    obeys (Newman and Thomas-Alyea, Electrochemical Systems, 3rd ed., chapter 12; solvent velocity and its
    concentration gradient left out)

        N+ = -D grad c + t+ i / F
        i  = -kappa [grad phi - 2 R T / F (1 - t+) (1 + d ln f / d ln c) grad ln c]

    Attributes:
        name: what messages and results call it.
        diffusivity: D, salt diffusivity, m2/s; number or law of (c_e, T).
        conductivity: kappa, S/m; number or law of (c_e, T).
        transference_number: t+ of lithium relative to the solvent; number or law of (c_e, T); may be
            negative, but is below 1.
        thermodynamic_factor: 1 + d ln f / d ln c with the mean molar activity coefficient f; number or law of
            (c_e, T).
        initial_concentration: salt at the start, mol/m3.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    diffusivity: Property
    conductivity: Property
    transference_number: Property
    thermodynamic_factor: Property = 1.0
    initial_concentration: float = 1000.0
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.name,
            f"{self.initial_concentration:g} mol/m3 of salt",
            f"diffusivity {property_in(self.diffusivity, 'm2/s')}",
            f"conductivity {property_in(self.conductivity, 'S/m')}",
        )

    def __post_init__(self) -> None:
        """Check every value."""
        require_text("electrolyte", "name", self.name)
        owner = f"electrolyte {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "initial_concentration", self.initial_concentration, "mol/m3", above=0)
        state = {"c_e": self.initial_concentration, "T": REFERENCE_TEMPERATURE}
        require_property(owner, "diffusivity", self.diffusivity, "m2/s", state, above=0)
        require_property(owner, "conductivity", self.conductivity, "S/m", state, above=0)
        require_property(owner, "transference_number", self.transference_number, "1", state, below=1)
        require_property(owner, "thermodynamic_factor", self.thermodynamic_factor, "1", state, above=0)

    @classmethod
    def dilute(cls, *, name: str, D_plus: float, D_minus: float, initial_concentration: float, source: str) -> Self:
        """The Nernst-Planck electrolyte as the dilute limit of the concentrated one.

        Two monovalent ions that move independently, N+- = -D+- (grad c +- c F / (R T) grad psi) with the
        electrostatic potential psi, and c+ = c- = c. Eliminating psi leaves exactly the equations of the
        class with

            D = 2 D+ D- / (D+ + D-),  t+ = D+ / (D+ + D-),  kappa = F^2 c (D+ + D-) / (R T),  1 + d ln f / d
            ln c = 1

        for the potential of a lithium reference electrode, phi = psi + R T / F ln c + constant. That
        potential is what femcell solves for; psi, when wanted, follows from it. (Newman and Thomas-Alyea,
        chapter 11.)

        Args:
            name: what messages and results call it.
            D_plus: diffusivity of the cation, m2/s.
            D_minus: diffusivity of the anion, m2/s.
            initial_concentration: salt at the start, mol/m3.
            source: where the two diffusivities are from.

        Raises:
            InputError: a diffusivity or the concentration is not above zero.
        """
        owner = f"electrolyte {name!r}"
        require_number(owner, "D_plus", D_plus, "m2/s", above=0)
        require_number(owner, "D_minus", D_minus, "m2/s", above=0)
        total = D_plus + D_minus

        def conductivity(c_e: Expression, T: Expression) -> Expression:
            return FARADAY**2 * total / GAS_CONSTANT * nonnegative(c_e) / T

        return cls(
            name=name,
            diffusivity=2 * D_plus * D_minus / total,
            conductivity=conductivity,
            transference_number=D_plus / total,
            thermodynamic_factor=1.0,
            initial_concentration=initial_concentration,
            source=source,
        )
