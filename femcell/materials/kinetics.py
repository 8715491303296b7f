"""Exchange-current laws, A/m2 of interface, and the activities behind them."""

import ufl

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.errors import InputError
from femcell.materials.laws import (
    REFERENCE_TEMPERATURE,
    Expression,
    Law,
    Property,
    apply,
    arrhenius,
    nonnegative,
)

STOICHIOMETRY_FLOOR = 1e-9
"""Distance kept from the empty and the full lattice, where ln(x / (1 - x)) ends."""


def concentration_exchange_current(
    k_ref: float,
    alpha_a: float = 0.5,
    activation_energy: float = 0.0,
    reference_temperature: float = REFERENCE_TEMPERATURE,
) -> Law:
    """i0 = k_ref c_e^a (c_max - c_s)^a c_s^(1 - a), with Arrhenius temperature dependence.

    Doyle, Fuller and Newman, J. Electrochem. Soc. 140 (1993) 1526; a is the anodic transfer coefficient.

    Args:
        k_ref: rate at the reference temperature, A/m2 (m3/mol)^(1 + a).
        alpha_a: a, between 0 and 1.
        activation_energy: J/mol; 0 for none.
        reference_temperature: K.

    Raises:
        InputError: k_ref is not above zero or alpha_a not between 0 and 1.
    """
    _require_rate("k_ref", k_ref)
    _require_coefficient("alpha_a", alpha_a)

    def law(c_e: Expression, c_s: Expression, c_s_max: Expression, T: Expression) -> Expression:
        vacant = nonnegative(c_s_max - c_s)
        if alpha_a == 0.5:  # one square root costs less than three powers
            return k_ref * ufl.sqrt(nonnegative(c_e) * vacant * nonnegative(c_s))
        return k_ref * (nonnegative(c_e) * vacant) ** alpha_a * nonnegative(c_s) ** (1 - alpha_a)

    return arrhenius(law, activation_energy, reference_temperature) if activation_energy else law


def activity_exchange_current(
    k0: float, solid_activity: Law, alpha_c: float = 0.5, electrolyte_activity: Law | None = None
) -> Law:
    """i0 = k0 (1 - x) a_+^(1 - a) a_Li^a: one empty site is shut out by the activated state.

    Bazant, Acc. Chem. Res. 46 (2013) 1144, with the activity coefficient 1 / (1 - x) of the transition state;
    a is the cathodic transfer coefficient. In an ideal lattice it is `concentration_exchange_current` with
    alpha_a = 1 - a.

    Args:
        k0: A/m2.
        solid_activity: a_Li, a law of (x, T), such as `regular_solution_activity` or `potential_activity`.
        alpha_c: a, between 0 and 1.
        electrolyte_activity: a_+, a law of (c_e, T); by default c_e / (1000 mol/m3), the dilute one.

    Raises:
        InputError: k0 is not above zero or alpha_c not between 0 and 1.
    """
    _require_rate("k0", k0)
    _require_coefficient("alpha_c", alpha_c)

    def law(c_e: Expression, c_s: Expression, c_s_max: Expression, T: Expression) -> Expression:
        x = _inside(c_s / c_s_max)
        a_plus = nonnegative(c_e) / 1000.0 if electrolyte_activity is None else electrolyte_activity(c_e, T)
        return k0 * (1 - x) * a_plus ** (1 - alpha_c) * solid_activity(x, T) ** alpha_c

    return law


def regular_solution_activity(interaction_energy: float) -> Law:
    """A regular solution: ln a_Li = ln(x / (1 - x)) + W (1 - 2 x) / (R T).

    Bazant, Acc. Chem. Res. 46 (2013) 1144, without the gradient energy. Phases separate where W > 2 R T.

    Args:
        interaction_energy: W in J/mol; 0 is the ideal lattice.
    """

    def law(x: Expression, T: Expression) -> Expression:
        inside = _inside(x)
        return inside / (1 - inside) * ufl.exp(interaction_energy / GAS_CONSTANT * (1 - 2 * inside) / T)

    return law


def potential_activity(open_circuit_potential: Property, standard_potential: float) -> Law:
    """a_Li = exp(-F (U(x, T) - U0) / (R T)), the activity that a measured open-circuit potential stands for.

    Args:
        open_circuit_potential: U against lithium, V; number or law of (x, T).
        standard_potential: U0 in V, at which the activity is 1.
    """

    def law(x: Expression, T: Expression) -> Expression:
        return ufl.exp(-FARADAY / GAS_CONSTANT * (apply(open_circuit_potential, x, T) - standard_potential) / T)

    return law


def metal_exchange_current(k_ref: float, exponent: float) -> Law:
    """i0(c_e, T) = k_ref c_e^exponent, of a metal electrode; k_ref in A/m2 (m3/mol)^exponent.

    Raises:
        InputError: k_ref is not above zero.
    """
    _require_rate("k_ref", k_ref)

    def law(c_e: Expression, T: Expression) -> Expression:
        return k_ref * nonnegative(c_e) ** exponent

    return law


def _inside(x: Expression) -> Expression:
    """The stoichiometry, kept off 0 and 1."""
    return ufl.min_value(ufl.max_value(x, STOICHIOMETRY_FLOOR), 1 - STOICHIOMETRY_FLOOR)


def _require_rate(field: str, value: float) -> None:
    if not value > 0:
        raise InputError(f"exchange current: {field} must be above zero, but is {value!r}.")


def _require_coefficient(field: str, value: float) -> None:
    if not 0 < value < 1:
        raise InputError(f"exchange current: {field} must lie between 0 and 1, but is {value!r}.")
