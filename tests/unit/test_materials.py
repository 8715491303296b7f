"""Materials: library values against figures from elsewhere, laws against mathematics, and what is refused."""

import dataclasses
import math
from dataclasses import FrozenInstanceError, replace

import basix.ufl
import numpy as np
import pytest
import ufl
from scipy.optimize import brentq

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.errors import InputError
from femcell.materials import (
    ActiveMaterial,
    Cell,
    Electrolyte,
    LithiumMetal,
    Metal,
    PorousSeparator,
    activity_exchange_current,
    apply,
    arrhenius,
    concentration_exchange_current,
    constant,
    evaluate,
    library,
    potential_activity,
    regular_solution_activity,
)
from femcell.materials.laws import CONCENTRATION_FLOOR
from femcell.materials.library import nyman2008 as _nyman_function
from femcell.materials.library.nyman2008 import transference_number as nyman_transference_number

T0 = 298.15


def derivative(law, x, *rest):
    """d law / d x at a number, by UFL."""
    variable = ufl.variable(ufl.as_ufl(x))
    expression = ufl.diff(law(variable, *rest), variable)
    return float(ufl.algorithms.apply_derivatives.apply_derivatives(expression)(()))


def central_difference(law, x, *rest, step=1e-6):
    return (evaluate(law, x + step, *rest) - evaluate(law, x - step, *rest)) / (2 * step)


# --- electrolytes -----------------------------------------------------------------------------------


def test_nyman_at_1_molar():
    electrolyte = library.nyman2008()
    # hand evaluation of the two fits: 0.1297 - 2.51 + 3.329 and 0.8794 - 3.972 + 4.862
    assert evaluate(electrolyte.conductivity, 1000.0, T0) == pytest.approx(0.9487, rel=1e-12)
    assert evaluate(electrolyte.diffusivity, 1000.0, T0) == pytest.approx(1.7694e-10, rel=1e-12)
    assert electrolyte.transference_number == pytest.approx(evaluate(nyman_transference_number, 1000.0, T0), abs=1e-12)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        # evaluated independently of femcell at 1000 mol/m3 and 298.15 K, to the digits shown
        ("conductivity", 0.913021),
        ("diffusivity", 2.892248e-10),
        ("transference_number", 0.220913),
        ("thermodynamic_factor", 2.181761),
    ],
)
def test_landesfeind_at_1_molar(field, expected):
    electrolyte = library.landesfeind2019()
    assert evaluate(getattr(electrolyte, field), 1000.0, T0) == pytest.approx(expected, rel=5e-6)


def test_landesfeind_off_the_reference_point():
    """The form written out where no factor is 1: a wrong power of c shows here, not at 1 mol/L."""
    c, T = 1.7, 273.15
    e = math.exp(1000 / T)
    kappa = 0.1 * 0.521 * (1 + (T - 228)) * c * (1 - 1.06 * math.sqrt(c) + 0.353 * (1 - 0.00359 * e) * c)
    kappa /= 1 + c**4 * 1.48e-3 * e
    diffusivity = 1.01e-7 * math.exp(1.01 * c) * math.exp(-1560 / T) * math.exp(-487 * c / T)
    t_plus = -12.8 - 6.12 * c + 0.0821 * T + 0.904 * c**2 + 0.0318 * c * T - 1.27e-4 * T**2
    t_plus += 0.0175 * c**3 - 3.12e-3 * c**2 * T - 3.96e-5 * c * T**2
    factor = 25.7 - 45.1 * c - 0.177 * T + 1.94 * c**2 + 0.295 * c * T + 3.08e-4 * T**2
    factor += 0.259 * c**3 - 9.46e-3 * c**2 * T - 4.54e-4 * c * T**2
    electrolyte = library.landesfeind2019()
    found = [
        evaluate(law, 1000 * c, T)
        for law in (
            electrolyte.conductivity,
            electrolyte.diffusivity,
            electrolyte.transference_number,
            electrolyte.thermodynamic_factor,
        )
    ]
    assert found == pytest.approx([kappa, diffusivity, t_plus, factor], rel=1e-9)


def test_capiglia_and_its_activation_energies():
    electrolyte = library.marquis2019().electrolyte
    assert evaluate(electrolyte.conductivity, 1000.0, T0) == pytest.approx(1.1046, rel=1e-12)
    assert evaluate(electrolyte.diffusivity, 2000.0, T0) == pytest.approx(5.34e-10 * math.exp(-1.3), rel=1e-12)
    ratio = evaluate(electrolyte.conductivity, 1000.0, 313.15) / evaluate(electrolyte.conductivity, 1000.0, T0)
    assert ratio == pytest.approx(math.exp(34700 / 8.31446261815324 * (1 / 298.15 - 1 / 313.15)), rel=1e-12)


def test_dilute_limit_is_nernst_planck():
    """Ion fluxes after Nernst and Planck, against the concentrated form in the reference potential."""
    D_plus, D_minus, c, grad_c, grad_psi, T = 1.03e-9, 2.03e-9, 700.0, 3.1e6, -420.0, 310.0
    electrolyte = Electrolyte.dilute(
        name="KCl-like", D_plus=D_plus, D_minus=D_minus, initial_concentration=c, source="test"
    )
    f = FARADAY / (GAS_CONSTANT * T)
    N_plus = -D_plus * (grad_c + c * f * grad_psi)
    N_minus = -D_minus * (grad_c - c * f * grad_psi)
    i = FARADAY * (N_plus - N_minus)

    D, kappa, t_plus, factor = (
        evaluate(prop, c, T)
        for prop in (
            electrolyte.diffusivity,
            electrolyte.conductivity,
            electrolyte.transference_number,
            electrolyte.thermodynamic_factor,
        )
    )
    grad_phi = grad_psi + grad_c / (f * c)  # potential of a lithium reference electrode
    concentrated = -kappa * (grad_phi - 2 / f * (1 - t_plus) * factor * grad_c / c)
    assert concentrated == pytest.approx(i, rel=1e-12)
    assert -D * grad_c + t_plus * i / FARADAY == pytest.approx(N_plus, rel=1e-12)


@pytest.mark.parametrize("electrolyte", [library.nyman2008(), library.landesfeind2019()])
def test_conductivity_is_finite_below_zero_concentration(electrolyte):
    """A Newton overshoot meets no root of a negative number."""
    value = evaluate(electrolyte.conductivity, -1.0, T0)
    assert 0 <= value < 1e-6


# --- active materials -------------------------------------------------------------------------------

CHEN, MARQUIS = library.chen2020(), library.marquis2019()
POTENTIALS = {
    "NMC811": CHEN.positive.active.open_circuit_potential,
    "graphite-SiOx": CHEN.negative.active.open_circuit_potential,
    "LiCoO2": MARQUIS.positive.active.open_circuit_potential,
    "graphite": MARQUIS.negative.active.open_circuit_potential,
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # the published expressions evaluated in double precision by a separate script, at x = 0.27, 0.5, 0.9
        ("NMC811", (4.272957605316414, 3.9719586564036504, 3.568200281643513)),
        ("graphite-SiOx", (0.18246920693353608, 0.1330855128593352, 0.09202000165294127)),
        ("LiCoO2", (4.500953272882962, 4.1860357631780065, 3.906243163314692)),
        ("graphite", (0.21810128491900047, 0.19537693109161006, 0.1303148618039498)),
    ],
)
def test_open_circuit_potentials(name, expected):
    found = [evaluate(POTENTIALS[name], x, T0) for x in (0.27, 0.5, 0.9)]
    assert found == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", POTENTIALS)
@pytest.mark.parametrize("x", [0.05, 0.31, 0.55, 0.9])
def test_slope_of_open_circuit_potential(name, x):
    found, expected = derivative(POTENTIALS[name], x, T0), central_difference(POTENTIALS[name], x, T0)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-7)
    assert found < 0  # a solid solution: more lithium, lower potential


def test_chen_open_circuit_voltage_at_its_limits():
    """The windows of the paper give its voltage limits, to the 10 mV of its fits."""
    negative, positive = CHEN.negative.active, CHEN.positive.active
    for field, limit in (
        ("stoichiometry_full_charge", CHEN.upper_voltage),
        ("stoichiometry_full_discharge", CHEN.lower_voltage),
    ):
        voltage = evaluate(positive.open_circuit_potential, getattr(positive, field), T0)
        voltage -= evaluate(negative.open_circuit_potential, getattr(negative, field), T0)
        assert voltage == pytest.approx(limit, abs=0.01)


def test_chen_capacity_and_start():
    assert CHEN.negative.areal_capacity * CHEN.area / 3600 == pytest.approx(5.0904, abs=1e-4)
    assert CHEN.positive.areal_capacity * CHEN.area / 3600 == pytest.approx(5.6088, abs=1e-4)
    assert CHEN.positive.active.initial_concentration == pytest.approx(17038.0, rel=1e-14)
    assert CHEN.negative.active.initial_concentration == pytest.approx(29866.0, rel=1e-14)


def test_marquis_window_follows_from_its_voltage_limits():
    negative, positive = MARQUIS.negative, MARQUIS.positive
    moles = [e.active.maximum_concentration * e.active_fraction * e.thickness for e in (negative, positive)]

    def state(moved):
        """Stoichiometries after `moved` mol/m2 of lithium have gone from the negative to the positive."""
        return 0.8 - moved / moles[0], 0.6 + moved / moles[1]

    def voltage(moved):
        x_n, x_p = state(moved)
        return evaluate(positive.active.open_circuit_potential, x_p, T0) - evaluate(
            negative.active.open_circuit_potential, x_n, T0
        )

    empty = state(brentq(lambda m: voltage(m) - MARQUIS.lower_voltage, 0.6, 1.1))
    full = state(brentq(lambda m: voltage(m) - MARQUIS.upper_voltage, -0.25, 0.3))
    assert empty == pytest.approx(
        (negative.active.stoichiometry_full_discharge, positive.active.stoichiometry_full_discharge), abs=1e-6
    )
    assert full == pytest.approx(
        (negative.active.stoichiometry_full_charge, positive.active.stoichiometry_full_charge), abs=1e-6
    )
    # the lithium that leaves one electrode enters the other
    assert negative.areal_capacity == pytest.approx(positive.areal_capacity, rel=1e-5)
    assert MARQUIS.nominal_ampere_hours / MARQUIS.area == pytest.approx(24.0, rel=1e-5)


def test_electrode_geometry():
    positive = CHEN.positive
    assert positive.specific_surface == pytest.approx(3 * 0.665 / 5.22e-6)
    assert positive.electrolyte_transport_factor == pytest.approx(0.335**1.5)
    assert positive.effective_conductivity == positive.active.conductivity  # measured on the electrode
    marquis = MARQUIS.positive
    assert marquis.effective_conductivity == pytest.approx(marquis.active.conductivity * 0.5**1.5)
    given = dataclasses.replace(marquis, conductivity=3.0, transport_factor=0.2)
    assert (given.effective_conductivity, given.electrolyte_transport_factor) == (3.0, 0.2)


# --- exchange currents ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("active", "rate", "energy"),
    [
        (CHEN.positive.active, 3.42e-6, 17800.0),
        (CHEN.negative.active, 6.48e-7, 35000.0),
        (MARQUIS.positive.active, 6e-7, 39570.0),
        (MARQUIS.negative.active, 2e-5, 37480.0),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_library_exchange_currents(active, rate, energy):
    c_e, c_max, T = 1200.0, active.maximum_concentration, 313.15
    c_s = 0.4 * c_max
    found = evaluate(active.exchange_current_density, c_e, c_s, c_max, T)
    arrhenius_factor = math.exp(energy / 8.31446261815324 * (1 / 298.15 - 1 / T))
    assert found == pytest.approx(rate * math.sqrt(c_e * c_s * (c_max - c_s)) * arrhenius_factor, rel=1e-12)


def test_unequal_transfer_coefficients():
    law = concentration_exchange_current(2e-6, alpha_a=0.3)
    expected = 2e-6 * (900.0 * (5e4 - 2e4)) ** 0.3 * 2e4**0.7
    assert evaluate(law, 900.0, 2e4, 5e4, T0) == pytest.approx(expected, rel=1e-12)
    near = concentration_exchange_current(2e-6, alpha_a=0.5 + 1e-9)
    half = concentration_exchange_current(2e-6)
    assert evaluate(near, 900.0, 2e4, 5e4, T0) == pytest.approx(evaluate(half, 900.0, 2e4, 5e4, T0), rel=1e-6)


@pytest.mark.parametrize("alpha_a", [0.5, 0.3])
@pytest.mark.parametrize(("c_e", "c_s"), [(-0.5, 2e4), (1000.0, -3.0), (1000.0, 5e4 + 3.0), (0.0, 5e4)])
def test_exchange_current_stays_real_and_small_past_the_ends(alpha_a, c_e, c_s):
    law = concentration_exchange_current(2e-6, alpha_a=alpha_a)
    value = evaluate(law, c_e, c_s, 5e4, T0)
    assert 0 < value < 0.05 * evaluate(law, 1000.0, 2.5e4, 5e4, T0)
    slope = derivative(lambda c: law(c, c_s, 5e4, T0), c_e)
    assert math.isfinite(slope)


def test_activities_of_an_ideal_lattice_are_concentrations():
    c_max = 5e4
    by_activity = activity_exchange_current(7.0, regular_solution_activity(0.0), alpha_c=0.4)
    by_concentration = concentration_exchange_current(7.0 / (1000.0**0.6 * c_max), alpha_a=0.6)
    for c_e, x in ((1000.0, 0.5), (300.0, 0.1), (1700.0, 0.93)):
        assert evaluate(by_activity, c_e, x * c_max, c_max, T0) == pytest.approx(
            evaluate(by_concentration, c_e, x * c_max, c_max, T0), rel=1e-12
        )


def test_activity_of_a_regular_solution():
    """j0 = k0 sqrt(x (1 - x)) exp(W (1 - 2 x) / (2 R T)) for one half (Bazant 2013)."""
    W, x = 4.5 * GAS_CONSTANT * T0, 0.2
    law = activity_exchange_current(0.16, regular_solution_activity(W))
    expected = 0.16 * math.sqrt(x * (1 - x)) * math.exp(4.5 * (1 - 2 * x) / 2)
    assert evaluate(law, 1000.0, x * 2e4, 2e4, T0) == pytest.approx(expected, rel=1e-12)


def test_activity_behind_a_potential_is_that_of_the_regular_solution():
    W, T = 3.0 * GAS_CONSTANT * T0, 320.0

    def potential(x, T):
        return 3.4 - GAS_CONSTANT * T / FARADAY * ufl.ln(x / (1 - x)) - W / FARADAY * (1 - 2 * x)

    found = evaluate(potential_activity(potential, 3.4), 0.3, T)
    assert found == pytest.approx(evaluate(regular_solution_activity(W), 0.3, T), rel=1e-12)


def test_lithium_metal():
    lithium = library.lithium_metal()
    found = evaluate(lithium.exchange_current_density, 1000.0, T0)
    assert found == pytest.approx(96485.33212 * 3.5e-8 * 76900**0.7 * 1000**0.3, rel=1e-9)
    assert evaluate(lithium.exchange_current_density, -1.0, T0) == pytest.approx(
        found * (CONCENTRATION_FLOOR / 1000) ** 0.3
    )


# --- laws -------------------------------------------------------------------------------------------


def test_numbers_stay_numbers():
    assert apply(4e-15, 1.0, T0) == 4e-15
    assert evaluate(constant(3.0), 1.0, T0) == 3.0
    assert isinstance(evaluate(library.nyman2008().conductivity, 800.0, T0), float)


def test_arrhenius_doubles_where_it_should():
    """E = R ln 2 / (1/T_ref - 1/T) doubles the value at T, over a number and over a law."""
    T_ref, T = 300.0, 330.0
    energy = GAS_CONSTANT * math.log(2) / (1 / T_ref - 1 / T)
    assert evaluate(arrhenius(5.0, energy, T_ref), T) == pytest.approx(10.0, rel=1e-12)
    assert evaluate(arrhenius(lambda c, T: c * T, energy, T_ref), 2.0, T) == pytest.approx(4 * T, rel=1e-12)
    assert evaluate(arrhenius(5.0, energy, T_ref), T_ref) == 5.0


def test_laws_differentiate_in_temperature():
    law = library.landesfeind2019().conductivity
    found = derivative(lambda T: law(1200.0, T), 300.0)
    assert found == pytest.approx(central_difference(lambda T: law(1200.0, T), 300.0, step=1e-3), rel=1e-6)


# --- other materials --------------------------------------------------------------------------------


def test_separator_transport():
    assert CHEN.separator.transport_factor == pytest.approx(0.47**1.5)
    given = PorousSeparator(name="measured", porosity=0.4, tortuosity_factor=2.5, source="test")
    assert given.transport_factor == pytest.approx(0.16)
    assert PorousSeparator(name="open", porosity=1.0, source="test").transport_factor == 1.0


def test_collectors():
    assert library.aluminium().conductivity == pytest.approx(3.6914e7, rel=1e-4)
    assert library.copper().conductivity == pytest.approx(5.8411e7, rel=1e-4)


def test_library_objects_are_frozen_and_shared():
    assert isinstance(CHEN, Cell)
    assert library.chen2020() is CHEN
    assert _nyman_function() is CHEN.electrolyte
    with pytest.raises(FrozenInstanceError):
        CHEN.positive.active.conductivity = 1.0


def test_initial_stoichiometry_is_full_charge_when_left_out():
    values = {field: getattr(CHEN.positive.active, field) for field in ActiveMaterial.__dataclass_fields__}
    del values["initial_stoichiometry"]
    assert ActiveMaterial(**values).initial_stoichiometry == 0.2661


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("maximum_concentration", -1.0, "mol/m3"),
        ("maximum_concentration", math.nan, "maximum_concentration"),
        ("maximum_concentration", "many", "maximum_concentration"),
        ("diffusivity", 0.0, "m2/s"),
        ("diffusivity", "fast", "function of (c_s, T)"),
        ("diffusivity", lambda c_s: 1e-14, "does not take these arguments"),
        ("diffusivity", lambda c_s, T: -1e-14, "at c_s = "),
        ("conductivity", 0.0, "S/m"),
        ("open_circuit_potential", math.inf, "open_circuit_potential"),
        ("open_circuit_potential", lambda x: 4.0, "function of (x, T)"),
        ("exchange_current_density", -2.0, "A/m2"),
        ("anodic_transfer_coefficient", 0.0, "above 0"),
        ("cathodic_transfer_coefficient", -0.5, "above 0"),
        ("stoichiometry_full_charge", 1.2, "at most 1"),
        ("stoichiometry_full_discharge", -0.1, "at least 0"),
        ("stoichiometry_full_discharge", 0.2661, "leaves no capacity"),
        ("initial_stoichiometry", 0.0, "above 0 and below 1"),
        ("initial_stoichiometry", 1.0, "above 0 and below 1"),
        ("initial_stoichiometry", True, "initial_stoichiometry"),
        ("double_layer_capacitance", -0.2, "F/m2"),
        ("entropic_coefficient", math.nan, "V/K"),
        ("source", " ", "source"),
    ],
)
def test_active_material_refuses(field, value, words):
    with pytest.raises(InputError) as caught:
        replace(CHEN.positive.active, **{field: value})
    message = str(caught.value)
    assert "'NMC811'" in message and field in message and words in message
    assert message.endswith(".") and "\n" not in message


def test_a_law_without_a_value_yet_is_accepted():
    """A law may hold a coefficient that only a model gives a value to."""
    plane = ufl.Mesh(basix.ufl.element("Lagrange", "triangle", 1, shape=(2,)))
    space = ufl.FunctionSpace(plane, basix.ufl.element("Lagrange", "triangle", 1))
    for coefficient in (ufl.Constant(plane), ufl.Coefficient(space)):

        def law(c_s, T, coefficient=coefficient):
            return 1e-14 * ufl.exp(coefficient * c_s)

        assert replace(CHEN.positive.active, diffusivity=law).diffusivity is law
        with pytest.raises(TypeError, match="has no value"):
            evaluate(law, 1.0, T0)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: replace(library.nyman2008(), transference_number=1.0), "transference_number"),
        (lambda: replace(library.nyman2008(), initial_concentration=0.0), "initial_concentration"),
        (lambda: replace(library.nyman2008(), thermodynamic_factor=-0.1), "thermodynamic_factor"),
        (lambda: replace(library.nyman2008(), name=""), "name"),
        (
            lambda: Electrolyte.dilute(name="w", D_plus=0.0, D_minus=1e-9, initial_concentration=1.0, source="t"),
            "D_plus",
        ),
        (lambda: Metal(name="tin", conductivity=-1.0, source="t"), "'tin'"),
        (lambda: LithiumMetal(exchange_current_density=0.0, source="t"), "exchange_current_density"),
        (lambda: PorousSeparator(name="s", porosity=0.0, source="t"), "porosity"),
        (lambda: PorousSeparator(name="s", porosity=1.1, source="t"), "porosity"),
        (
            lambda: PorousSeparator(name="s", porosity=0.5, tortuosity_factor=0.9, source="t"),
            "tortuosity_factor",
        ),
        (lambda: replace(CHEN.positive, porosity=0.5), "add up to 1.165"),
        (lambda: replace(CHEN.positive, thickness=0.0), "thickness"),
        (lambda: replace(CHEN, upper_voltage=2.4), "upper_voltage"),
        (lambda: replace(CHEN, area=np.nan), "area"),
        (lambda: concentration_exchange_current(0.0), "k_ref"),
        (lambda: concentration_exchange_current(1.0, alpha_a=1.0), "alpha_a"),
        (lambda: activity_exchange_current(1.0, regular_solution_activity(0.0), alpha_c=0.0), "alpha_c"),
    ],
)
def test_others_refuse(make, words):
    with pytest.raises(InputError, match=words.replace("(", r"\(")):
        make()
