"""Decomposition reactions of a hot cell: Arrhenius kinetics, one fraction of reactant that is left for each.

    dc/dt = -A f(c) exp(-E / (R T)),   q = H W (-dc/dt)

T. D. Hatchard, D. D. MacNeil, A. Basu, J. R. Dahn, J. Electrochem. Soc. 148 (2001) A755; G.-H. Kim, A. Pesaran,
R. Spotnitz, J. Power Sources 170 (2007) 476.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import ufl

from femcell.checks import require_kind
from femcell.errors import InputError
from femcell.materials._checks import require_number, require_text
from femcell.reprs import angled


@dataclass(frozen=True)
class Order:
    """f = c^n.

    Attributes:
        n: order.
    """

    n: float = 1.0

    def factor(self, c: Any, initial: float) -> Any:
        """Dependence on the fraction that is left."""
        return _power(c, self.n)


@dataclass(frozen=True)
class Autocatalytic:
    """f = (1 - c)^m c^n: the product speeds the reaction up.

    Attributes:
        m: order in the product.
        n: order in the reactant.
    """

    m: float = 1.0
    n: float = 1.0

    def factor(self, c: Any, initial: float) -> Any:
        """Dependence on the fraction that is left."""
        return _power(1 - c, self.m) * _power(c, self.n)


@dataclass(frozen=True)
class ThroughLayer:
    """f = c^n exp(-z / z_ref), z = z_0 + c_0 - c: the product is a layer that the rest has to pass.

    Attributes:
        thickness: z_0, of the layer at the start, as a fraction like c.
        reference: z_ref.
        n: order.
    """

    thickness: float
    reference: float
    n: float = 1.0

    def factor(self, c: Any, initial: float) -> Any:
        """Dependence on the fraction that is left."""
        return _power(c, self.n) * ufl.exp(-(self.thickness + initial - c) / self.reference)


Kinetics = Order | Autocatalytic | ThroughLayer


@dataclass(frozen=True, kw_only=True)
class Decomposition:
    """One exothermic (or endothermic) decomposition.

    Attributes:
        name: of its field and observables: letters, digits, underscores.
        frequency_factor: A, 1/s.
        activation_energy: E, J/mol.
        heat: H, J per kg of reactant; negative where the reaction takes heat up.
        content: W, reactant per volume of the body, kg/m3.
        initial: c at the start, between 0 and 1.
        kinetics: f(c).
        source: where the numbers are from.

    Raises:
        InputError: a value is out of its bounds.
    """

    name: str
    frequency_factor: float
    activation_energy: float
    heat: float
    content: float
    initial: float = 1.0
    kinetics: Kinetics = Order()
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.name,
            f"{self.energy_density:.3g} J/m3",
            f"{self.activation_energy / 1000:.4g} kJ/mol",
            type(self.kinetics).__name__,
        )

    def __post_init__(self) -> None:
        """Check every value."""
        require_text("reaction", "name", self.name)
        if not self.name.isidentifier():
            raise InputError(f"reaction {self.name!r}: its name must be letters, digits and underscores.")
        owner = f"reaction {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "frequency_factor", self.frequency_factor, "1/s", above=0)
        require_number(owner, "activation_energy", self.activation_energy, "J/mol", above=0)
        require_number(owner, "heat", self.heat, "J/kg")
        require_number(owner, "content", self.content, "kg/m3", above=0)
        require_number(owner, "initial", self.initial, "1", above=0, at_most=1)
        require_kind(f"{owner}: kinetics", self.kinetics, Kinetics, "Order(), Autocatalytic() or ThroughLayer(...)")
        for name, value in vars(self.kinetics).items():
            # Without an order in the reactant a reaction would not end with it.
            bound = {"above": 0.0} if name in ("n", "reference") else {"at_least": 0.0}
            require_number(owner, name, value, "1", **bound)
        if isinstance(self.kinetics, Autocatalytic) and self.kinetics.m > 0.0 and self.initial == 1.0:
            raise InputError(
                f"{owner}: an autocatalytic reaction without any product never begins; give an initial value below 1."
            )

    @property
    def energy_density(self) -> float:
        """Heat per volume that the whole of c = 1 gives, J/m3."""
        return self.heat * self.content


def network(reactions: Mapping[str, Decomposition] | tuple[Decomposition, ...]) -> tuple[Decomposition, ...]:
    """Reactions that run side by side; InputError for what is none, or where two share a name."""
    require_kind("The reactions", reactions, Mapping | tuple | list, "a tuple of them")
    found = tuple(reactions.values()) if isinstance(reactions, Mapping) else tuple(reactions)
    for reaction in found:
        require_kind("Each of the reactions", reaction, Decomposition, "a Decomposition")
    names = [r.name for r in found]
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"Two reactions are called {name!r}; give each a name of its own.")
    return found


def _power(c: Any, n: float) -> Any:
    """c^n; of an overshoot below 0 it is negative, so that the overshoot goes back."""
    if n == 0.0:
        return 1.0
    return c if n == 1.0 else c * ufl.max_value(c, 1e-12) ** (n - 1.0)
