"""Laws as BPX defines them; each remembers the functions and numbers that it is made of."""

import math
from dataclasses import dataclass

from femcell.constants import FARADAY
from femcell.materials.formulas import kept
from femcell.materials.functions import SALT, Function
from femcell.materials.kinetics import concentration_exchange_current
from femcell.materials.laws import Expression, apply, arrhenius, constant


@dataclass(frozen=True)
class SaltLaw:
    """A property of the electrolyte, a law of (c_e, T): function(c_e) exp(E/R (1/T_ref - 1/T)).

    Attributes:
        function: at the reference temperature, of c_e in mol/m3.
        activation_energy: E, J/mol.
        reference_temperature: T_ref, K.
    """

    function: Function
    activation_energy: float
    reference_temperature: float

    def __call__(self, c_e: Expression, T: Expression) -> Expression:
        """The property in its SI unit; salt is not taken below `laws.CONCENTRATION_FLOOR`."""
        salt = kept(c_e, SALT)
        return arrhenius(constant(apply(self.function, salt)), self.activation_energy, self.reference_temperature)(T)


@dataclass(frozen=True)
class SolidLaw:
    """The diffusivity of a solid, a law of (c_s, T): function(c_s / c_max) exp(E/R (1/T_ref - 1/T)).

    Attributes:
        function: at the reference temperature, m2/s, of the stoichiometry.
        maximum_concentration: c_max, mol/m3.
        activation_energy: E, J/mol.
        reference_temperature: T_ref, K.
    """

    function: Function
    maximum_concentration: float
    activation_energy: float
    reference_temperature: float

    def __call__(self, c_s: Expression, T: Expression) -> Expression:
        """The diffusivity, m2/s."""
        value = apply(self.function, c_s / self.maximum_concentration)
        return arrhenius(constant(value), self.activation_energy, self.reference_temperature)(T)


@dataclass(frozen=True)
class PotentialLaw:
    """An open-circuit potential, a law of (x, T): U(x) + (T - T_ref) dU/dT(x).

    Attributes:
        function: U at the reference temperature, V.
        entropic_coefficient: dU/dT, V/K.
        reference_temperature: T_ref, K.
    """

    function: Function
    entropic_coefficient: Function
    reference_temperature: float

    def __call__(self, x: Expression, T: Expression) -> Expression:
        """The potential against lithium, V."""
        at_reference = apply(self.function, x)
        if self.entropic_coefficient == 0:
            return at_reference
        return at_reference + (T - self.reference_temperature) * apply(self.entropic_coefficient, x)


@dataclass(frozen=True)
class RateLaw:
    """An exchange current, a law of (c_e, c_s, c_max, T): F K sqrt(c_e/c_0 x (1 - x)) exp(E/R (1/T_ref - 1/T)).

    x = c_s / c_max. Near the ends of the lattice and of the salt, as `kinetics.concentration_exchange_current`.

    Attributes:
        rate: K, mol/(m2 s).
        salt_concentration: c_0, mol/m3: that of the electrolyte at the start.
        activation_energy: E, J/mol.
        reference_temperature: T_ref, K.
    """

    rate: float
    salt_concentration: float
    activation_energy: float
    reference_temperature: float

    def __call__(self, c_e: Expression, c_s: Expression, c_s_max: Expression, T: Expression) -> Expression:
        """The exchange current, A/m2."""
        law = concentration_exchange_current(
            FARADAY * self.rate / math.sqrt(self.salt_concentration),
            activation_energy=self.activation_energy,
            reference_temperature=self.reference_temperature,
        )
        return law(c_e, c_s, c_s_max, T) / c_s_max
