"""BPX files: what is read and written, against figures from elsewhere, and what is refused."""

import copy
import json
import math
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import ufl

from femcell.constants import FARADAY, GAS_CONSTANT
from femcell.errors import InputError
from femcell.materials import arrhenius, evaluate, library
from femcell.materials.bpx import read_bpx, write_bpx
from femcell.materials.bpx.laws import SaltLaw, SolidLaw

POUCH = Path(__file__).parents[1] / "data" / "nmc_pouch_cell_BPX.json"
T0 = 298.15

ELECTRODE = {
    "Thickness [m]": 8e-5,
    "Porosity": 0.3,
    "Transport efficiency": 0.15,
    "Conductivity [S.m-1]": 2.0,
}
GRAPHITE = {
    "Minimum stoichiometry": 0.02,
    "Maximum stoichiometry": 0.85,
    "Maximum concentration [mol.m-3]": 31000,
    "Particle radius [m]": 6e-6,
    "Surface area per unit volume [m-1]": 3e5,
    "Diffusivity [m2.s-1]": "3e-14 * (1 - x / 2)",
    "Diffusivity activation energy [J.mol-1]": 20000,
    "OCP [V]": "0.1 + 0.8 * exp(-30 * x) - 0.05 * tanh(4 * (x - 0.5))",
    "Entropic change coefficient [V.K-1]": {"x": [0, 0.5, 1], "y": [1e-4, -2e-4, -1e-4]},
    "Reaction rate constant [mol.m-2.s-1]": 5e-6,
    "Reaction rate constant activation energy [J.mol-1]": 40000,
}
OXIDE = {
    "Minimum stoichiometry": 0.3,
    "Maximum stoichiometry": 0.95,
    "Maximum concentration [mol.m-3]": 50000,
    "Particle radius [m]": 5e-6,
    "Surface area per unit volume [m-1]": 3.1e5,
    "Diffusivity [m2.s-1]": 1e-14,
    "OCP [V]": {"x": [0.95, 0.9, 0.7, 0.5, 0.3, 0.2], "y": [3.3, 3.55, 3.7, 3.9, 4.2, 4.4]},
    "Reaction rate constant [mol.m-2.s-1]": 2e-5,
}
SMALL = {
    "Header": {"BPX": "1.0.0", "Title": "small cell", "References": "made up", "Model": "DFN"},
    "Parameterisation": {
        "Cell": {
            "Electrode area [m2]": 0.02,
            "Number of electrode pairs connected in parallel to make a cell": 3,
            "Nominal cell capacity [A.h]": 1.5,
            "Lower voltage cut-off [V]": 2.9,
            "Upper voltage cut-off [V]": 4.1,
            "Reference temperature [K]": 296.15,
        },
        "Electrolyte": {
            "Cation transference number": 0.3,
            "Diffusivity [m2.s-1]": 2e-10,
            "Diffusivity activation energy [J.mol-1]": 15000,
            "Conductivity [S.m-1]": "0.9 * (x / 1000) ** 0.5",
        },
        "Negative electrode": ELECTRODE | GRAPHITE,
        "Positive electrode": ELECTRODE | OXIDE,
        "Separator": {"Thickness [m]": 2e-5, "Porosity": 0.5, "Transport efficiency": 0.35},
    },
    "State": {
        "Initial conditions": {
            "Initial state-of-charge": 0.5,
            "Initial temperature [K]": 290.0,
            "Initial electrolyte concentration [mol.m-3]": 1200,
        }
    },
}
NEGATIVE, POSITIVE = ("Parameterisation", "Negative electrode"), ("Parameterisation", "Positive electrode")


@pytest.fixture
def stored(tmp_path):
    """Writes the small cell, changed: the keyword is a place as a tuple, its value None for taking it out."""

    def write(changes=None, name="cell.json"):
        content = copy.deepcopy(SMALL)
        for place, value in (changes or {}).items():
            section = content
            for part in place[:-1]:
                section = section[part]
            if value is None:
                del section[place[-1]]
            else:
                section[place[-1]] = value
        path = tmp_path / name
        path.write_text(json.dumps(content))
        return path

    return write


@pytest.fixture
def pouch():
    with pytest.warns(UserWarning):
        return read_bpx(POUCH)


def quietly(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*arguments, **options)


# --- the published example --------------------------------------------------------------------------


def test_pouch_warns_once_in_single_sentences():
    with pytest.warns(UserWarning) as caught:
        read_bpx(POUCH)
    messages = [str(w.message) for w in caught if w.category is UserWarning]
    assert len(messages) == len(set(messages)) == 2
    assert any("BPX 0.1.0 was read as version 1" in m for m in messages)
    assert any("4.2017" in m for m in messages)
    assert all(POUCH.name in m and "\n" not in m and m.endswith(".") for m in messages)


def test_pouch_starts_where_pybamm_starts_it(pouch):
    # PyBaMM 26.10.1.1, ParameterValues.create_from_bpx, mol/m3
    assert pouch.negative.active.initial_concentration == pytest.approx(22468.500659565994, rel=1e-12)
    assert pouch.positive.active.initial_concentration == pytest.approx(19630.593385864922, rel=1e-12)


def test_pouch_numbers(pouch):
    assert (pouch.area, pouch.electrode_pairs) == (pytest.approx(34 * 0.016808), 34)
    assert (pouch.nominal_ampere_hours, pouch.lower_voltage, pouch.upper_voltage) == (12.5, 2.7, 4.2)
    assert (pouch.reference_temperature, pouch.initial_temperature) == (298.15, 298.15)
    negative = pouch.negative
    assert negative.active_fraction == pytest.approx(499522 * 4.12e-6 / 3)
    assert negative.specific_surface == pytest.approx(499522)
    assert (negative.electrolyte_transport_factor, negative.effective_conductivity) == (0.128, 0.222)
    assert pouch.separator.transport_factor == pytest.approx(0.3222)
    assert pouch.electrolyte.transference_number == 0.2594
    assert "Nyman" in pouch.source


def test_pouch_laws(pouch):
    """The laws written out: j0 = F k_norm sqrt(c_e/c_e0 x (1 - x)), Arrhenius factors, dU/dT."""
    T, x, c_e = 313.15, 0.6, 700.0
    active = pouch.positive.active
    c_max = active.maximum_concentration

    def factor(energy):
        return math.exp(energy / GAS_CONSTANT * (1 / T0 - 1 / T))

    j0 = FARADAY * 2.305e-5 * math.sqrt(c_e / 1000 * x * (1 - x)) * factor(35000)
    assert evaluate(active.exchange_current_density, c_e, x * c_max, c_max, T) == pytest.approx(j0, rel=1e-12)
    assert evaluate(active.diffusivity, x * c_max, T) == pytest.approx(3.2e-14 * factor(15000), rel=1e-12, abs=0)
    warm, cold = (evaluate(active.open_circuit_potential, x, temperature) for temperature in (T, T0))
    assert warm - cold == pytest.approx(-1e-4 * 15, rel=1e-9)
    negative = pouch.negative.active
    slope = (-0.1112 * x + 0.02914 + 0.3561 * math.exp(-((x - 0.08309) ** 2) / 0.004616)) / 1000
    assert evaluate(negative.entropic_coefficient, x) == pytest.approx(slope, rel=1e-12)
    nyman = evaluate(library.nyman2008().conductivity, c_e, T0) * factor(17100)
    assert evaluate(pouch.electrolyte.conductivity, c_e, T) == pytest.approx(nyman, rel=1e-12)
    assert evaluate(pouch.electrolyte.conductivity, -5.0, T) == pytest.approx(0.0, abs=1e-6)


def test_pouch_survives_writing(pouch, tmp_path):
    written = tmp_path / "pouch.json"
    write_bpx(pouch, written)
    again = quietly(read_bpx, written)
    assert again.electrolyte == pouch.electrolyte
    for old, new in ((pouch.negative.active, again.negative.active), (pouch.positive.active, again.positive.active)):
        for field in ("diffusivity", "open_circuit_potential", "exchange_current_density", "entropic_coefficient"):
            assert getattr(new, field) == getattr(old, field)
        assert new.initial_stoichiometry == pytest.approx(old.initial_stoichiometry, rel=1e-12)
    assert again.area == pytest.approx(pouch.area, rel=1e-15)
    before, after = (json.loads(p.read_text())["Parameterisation"] for p in (POUCH, written))
    assert after["Negative electrode"]["OCP [V]"] == before["Negative electrode"]["OCP [V]"]


# --- the small cell ---------------------------------------------------------------------------------


def test_small_cell(stored):
    cell = read_bpx(stored())
    assert (cell.name, cell.source, cell.electrode_pairs) == ("small cell", "made up", 3)
    assert cell.area == pytest.approx(0.06)
    assert (cell.reference_temperature, cell.initial_temperature) == (296.15, 290.0)
    electrolyte = cell.electrolyte
    assert (electrolyte.initial_concentration, electrolyte.thermodynamic_factor) == (1200.0, 1.0)
    assert evaluate(electrolyte.diffusivity, 1000.0, 296.15) == 2e-10
    assert isinstance(electrolyte.diffusivity, SaltLaw) and isinstance(cell.negative.active.diffusivity, SolidLaw)
    assert cell.positive.active.diffusivity == 1e-14  # neither function nor activation energy: stays a number
    assert evaluate(cell.positive.active.open_circuit_potential, 0.7, 330.0) == 3.7
    active, c_max = cell.negative.active, 31000.0
    j0 = FARADAY * 5e-6 * math.sqrt(900 / 1200 * 0.25 * 0.75)
    assert evaluate(active.exchange_current_density, 900.0, 0.25 * c_max, c_max, 296.15) == pytest.approx(j0)


@pytest.mark.parametrize("state_of_charge", [0.0, 1.0])
def test_ends_are_the_voltage_limits(stored, state_of_charge):
    cell = read_bpx(stored(), state_of_charge=state_of_charge)
    lithium = 0.0
    for electrode in (cell.negative, cell.positive):
        sites = electrode.active.maximum_concentration * electrode.active_fraction
        lithium += sites * (electrode.active.initial_stoichiometry - electrode.active.stoichiometry_full_charge)
    voltage = evaluate(cell.positive.active.open_circuit_potential, cell.positive.active.initial_stoichiometry, 296.15)
    voltage -= evaluate(cell.negative.active.open_circuit_potential, cell.negative.active.initial_stoichiometry, 296.15)
    assert voltage == pytest.approx((2.9, 4.1)[int(state_of_charge)], abs=1e-10)
    assert lithium == pytest.approx(0.0, abs=1e-9)


def test_state_of_charge_is_that_of_the_file(stored):
    half, empty, full = (read_bpx(stored(), state_of_charge=s) for s in (None, 0.0, 1.0))
    mean = 0.5 * (empty.negative.active.initial_stoichiometry + full.negative.active.initial_stoichiometry)
    assert half.negative.active.initial_stoichiometry == pytest.approx(mean, rel=1e-12)


def test_yaml(stored, tmp_path):
    yaml = pytest.importorskip("yaml")
    path = tmp_path / "cell.yaml"
    path.write_text(yaml.safe_dump(SMALL))
    assert read_bpx(path) == read_bpx(stored())
    path.write_text("a: [1,")
    with pytest.raises(InputError, match="not YAML at line"):
        read_bpx(path)


def test_what_is_left_out_is_told(stored):
    changes = {
        (*NEGATIVE, "OCP (lithiation) [V]"): 0.1,
        ("State", "Degradation"): {"LLI": 0.1, "LAM: Positive electrode": 0.0, "LAM: Negative electrode": 0.0},
    }
    with pytest.warns(UserWarning) as caught:
        read_bpx(stored(changes))
    messages = [str(w.message) for w in caught]
    assert any("hysteresis" in m for m in messages) and any("Degradation" in m for m in messages)


def test_blend_rests_at_one_potential(stored, tmp_path):
    silicon = GRAPHITE | {
        "OCP [V]": "0.35 + 0.5 * exp(-12 * x) - 0.3 * x",
        "Surface area per unit volume [m-1]": 2e4,
        "Particle radius [m]": 3e-6,
        "Maximum concentration [mol.m-3]": 200000,
        "Maximum stoichiometry": 0.7,
    }
    blend = ELECTRODE | {"Particle": {"graphite": GRAPHITE, "silicon": silicon}}
    path = stored({("Parameterisation", "Negative electrode"): blend})
    cell = read_bpx(path)
    assert [p.active.name for p in cell.negative.particles] == ["graphite", "silicon"]
    assert cell.negative.particles[1].active_fraction == pytest.approx(0.02)
    first, second = (
        evaluate(p.active.open_circuit_potential, p.active.initial_stoichiometry, 296.15)
        for p in cell.negative.particles
    )
    assert first == pytest.approx(second, abs=1e-10)
    full = read_bpx(path, state_of_charge=1.0)
    active = full.positive.active
    voltage = evaluate(active.open_circuit_potential, active.initial_stoichiometry, 296.15)
    graphite = full.negative.particles[0].active
    voltage -= evaluate(graphite.open_circuit_potential, graphite.initial_stoichiometry, 296.15)
    assert voltage == pytest.approx(4.1, abs=1e-9)
    written = tmp_path / "again.json"
    write_bpx(cell, written)
    again = read_bpx(written)
    for old, new in zip(cell.negative.particles, again.negative.particles, strict=True):
        assert new.active.initial_stoichiometry == pytest.approx(old.active.initial_stoichiometry, rel=1e-9)
        assert new.active.open_circuit_potential == old.active.open_circuit_potential


# --- library cells, written -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["chen2020", "marquis2019", "ecker2015"])
def test_library_cells_survive_writing(name, tmp_path):
    cell = getattr(library, name)()
    path = tmp_path / f"{name}.json"
    quietly(write_bpx, cell, path)
    again = quietly(read_bpx, path)
    T = cell.reference_temperature + 12
    for old, new in zip(
        (cell.negative.active, cell.positive.active), (again.negative.active, again.positive.active), strict=True
    ):
        c_max = old.maximum_concentration
        for x in (0.1, 0.31, 0.62, 0.9):
            for field, arguments in (
                ("open_circuit_potential", (x, T)),
                ("diffusivity", (x * c_max, T)),
                ("exchange_current_density", (800.0, x * c_max, c_max, T)),
            ):
                found, expected = (evaluate(getattr(a, field), *arguments) for a in (new, old))
                assert found == pytest.approx(expected, rel=1e-6, abs=0), field
    for field in ("conductivity", "diffusivity"):
        for c_e in (300.0, 1700.0):
            found, expected = (
                evaluate(getattr(c.electrolyte, field), c_e, cell.reference_temperature) for c in (again, cell)
            )
            assert found == pytest.approx(expected, rel=1e-6, abs=0), field
    assert again.negative.areal_capacity == pytest.approx(cell.negative.areal_capacity, rel=1e-12)
    assert again.positive.electrolyte_transport_factor == pytest.approx(cell.positive.electrolyte_transport_factor)


def test_other_laws_are_tabulated(tmp_path):
    cell = library.chen2020()

    def conductivity(c_e, T):
        return 0.9 + 0.2 * ufl.atan(c_e / 700 - 1)

    path = tmp_path / "table.json"
    quietly(write_bpx, replace(cell, electrolyte=replace(cell.electrolyte, conductivity=conductivity)), path)
    assert set(json.loads(path.read_text())["Parameterisation"]["Electrolyte"]["Conductivity [S.m-1]"]) == {"x", "y"}
    again = quietly(read_bpx, path)
    for c_e in (15.0, 444.0, 1000.0, 2987.0):
        expected = evaluate(conductivity, c_e, T0)
        assert evaluate(again.electrolyte.conductivity, c_e, T0) == pytest.approx(expected, rel=1.5e-6)


def test_losses_are_told(tmp_path):
    cell = replace(library.marquis2019(), electrolyte=library.landesfeind2019())
    with pytest.warns(UserWarning) as caught:
        write_bpx(cell, tmp_path / "cell.json")
    (message,) = [str(w.message) for w in caught if w.category is UserWarning]
    for words in ("thermodynamic factor", "transference number", "conductivity of the electrolyte with temperature"):
        assert words in message
    assert message.endswith("BPX cannot hold it.")


def test_what_bpx_cannot_hold_is_refused(tmp_path):
    cell = library.chen2020()
    (particles,) = cell.positive.particles

    def changed(**values):
        active = replace(particles.active, **values)
        return replace(cell, positive=replace(cell.positive, particles=(replace(particles, active=active),)))

    with pytest.raises(InputError, match="transfer coefficients"):
        write_bpx(changed(anodic_transfer_coefficient=0.4), tmp_path / "cell.json")
    with pytest.raises(InputError, match="exchange current"):
        write_bpx(changed(exchange_current_density=arrhenius(3.0, 1e4)), tmp_path / "cell.json")
    with pytest.raises(InputError, match="not above zero"):
        write_bpx(changed(diffusivity=lambda c_s, T: 1e-18 * (4e4 - c_s)), tmp_path / "cell.json")
    for values, words in (
        ({"active_profile": lambda z: 1 + 0 * z}, "graded"),
        ({"in_plane_transport_ratio": 2.0}, "ratio"),
        ({"in_plane_conductivity_ratio": 2.0}, "in_plane_conductivity_ratio"),
    ):
        with pytest.raises(InputError, match=words):
            write_bpx(replace(cell, positive=replace(cell.positive, **values)), tmp_path / "cell.json")
    with pytest.raises(InputError, match="cannot be written"):
        quietly(write_bpx, cell, tmp_path / "none" / "cell.json")


def test_a_surface_of_its_own_goes_into_the_rate(tmp_path):
    cell = library.chen2020()
    (particles,) = cell.positive.particles
    doubled = replace(particles, surface=2 * particles.specific_surface)
    path = tmp_path / "cell.json"
    quietly(write_bpx, replace(cell, positive=replace(cell.positive, particles=(doubled,))), path)
    again = quietly(read_bpx, path)
    at = (1000.0, 3e4, particles.active.maximum_concentration, T0)
    found = evaluate(again.positive.active.exchange_current_density, *at) * again.positive.specific_surface
    expected = evaluate(particles.active.exchange_current_density, *at) * doubled.specific_surface
    assert found == pytest.approx(expected, rel=1e-9)


# --- what is refused --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({("Header",): None}, "no Header"),
        ({("Header", "BPX"): "new"}, "version"),
        ({("Header", "Model"): "P4D"}, "Model"),
        ({("Parameterisation",): None}, "no Parameterisation"),
        ({POSITIVE: None}, "Positive electrode"),
        ({POSITIVE: None, ("Header", "Model"): "Partial"}, "half cells"),
        ({("Parameterisation", "Electrolyte"): None, ("Header", "Model"): "Partial"}, "no Electrolyte"),
        ({(*NEGATIVE, "Thickness [m]"): None}, "Thickness"),
        ({(*NEGATIVE, "Thickness [m]"): -8e-5}, "thickness"),
        ({(*NEGATIVE, "Colour"): "black"}, "Colour"),
        ({(*NEGATIVE, "Porosity"): 0.9}, "add up"),
        ({(*NEGATIVE, "OCP [V]"): "0.1 + gamma(x)"}, "OCP [V]: 'gamma' is not a function"),
        ({(*NEGATIVE, "OCP [V]"): "sinh(1 - x)", (*POSITIVE, "OCP [V]"): "4.5 - 1.2 * x"}, "'sinh'"),
        ({NEGATIVE: 3}, "make it a section"),
        ({("State", "Initial conditions", "Initial temperature [K]"): "warm"}, "Initial temperature [K]: "),
        ({(*NEGATIVE, "OCP [V]"): "1 / (x - 0.02)"}, "OCP [V]"),
        ({(*POSITIVE, "Diffusivity [m2.s-1]"): "1e-14 * (0.5 - x)"}, "Diffusivity [m2.s-1] is "),
        ({(*POSITIVE, "Diffusivity [m2.s-1]"): {"x": [0, 1], "y": [1e-14]}}, "give as many"),
        ({(*POSITIVE, "Diffusivity [m2.s-1]"): {"x": [0, 1], "y": [1e-14, "a"]}}, "Diffusivity [m2.s-1]"),
        ({(*POSITIVE, "Diffusivity [m2.s-1]"): {"x": [0.5, 0.5], "y": [1e-14, 1e-14]}}, "more than once"),
        ({("Parameterisation", "Electrolyte", "Conductivity [S.m-1]"): "1 - x / 1000"}, "Conductivity [S.m-1] is "),
        ({(*POSITIVE, "Minimum stoichiometry"): 0.96}, "minimum below the maximum"),
        ({(*POSITIVE, "Reaction rate constant [mol.m-2.s-1]"): 0.0}, "Reaction rate constant"),
        ({("Parameterisation", "Separator", "Transport efficiency"): 0.6}, "Transport efficiency"),
        ({("Parameterisation", "Cell", "Upper voltage cut-off [V]"): 9.0}, "upper limit of 9 V"),
        ({("State", "Initial conditions", "Initial state-of-charge"): 1.5}, "from 0 to 1"),
        ({("Parameterisation", "Cell", "Nominal cell capacity [A.h]"): "big"}, "big"),
    ],
)
def test_files_refused(stored, changes, words):
    path = stored(changes)
    with pytest.raises(InputError) as caught:
        quietly(read_bpx, path)
    message = str(caught.value)
    assert str(path) in message and words in message
    assert message.endswith(".") and "\n" not in message


@pytest.mark.parametrize("content", ["", "[1, 2]", "{", '{"Header": 3}', "[" * 100000], ids=range(5))
def test_what_is_not_bpx_is_refused(tmp_path, content):
    path = tmp_path / "cell.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"cell\.json"):
        read_bpx(path)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(InputError, match="does not exist"):
        read_bpx(tmp_path / "none.json")
    with pytest.raises(InputError, match="is a folder"):
        read_bpx(tmp_path)
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read_bpx(tmp_path / "binary.json")


def test_without_the_package(monkeypatch, stored):
    monkeypatch.delitem(sys.modules, "bpx", raising=False)
    monkeypatch.setitem(sys.modules, "bpx", None)
    with pytest.raises(InputError, match=r"pip install 'femcell\[bpx\]'"):
        read_bpx(stored())
