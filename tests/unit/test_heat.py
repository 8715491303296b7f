"""What is wrong with heat and reactions is said in one sentence, before anything is solved."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

import femcell as fc
from femcell.materials import library
from femcell.materials.runaway import Decomposition, Order
from femcell.materials.runaway_file import read_reactions
from tests.validation.bodies import slab

STUFF = fc.Thermal(name="stuff", density=2000.0, heat_capacity=1000.0, conductivity=1.0, source="this test")
THREE = slab([("a", 1e-3, 1), ("b", 1e-3, 1), ("c", 1e-3, 1)])
(SEI, *_) = library.hatchard2001_reactions()
REACTION = """
[reactions.SEI]
frequency_factor = 1.667e15
activation_energy = {energy}
heat = 257e3
content = 610.4
source = "this test"
{more}
"""


def body(**changes: object) -> fc.ThermalBody:
    given = {"geometry": slab([("plate", 1e-3, 2)]), "materials": {"plate": STUFF}, **changes}
    return fc.ThermalBody(**given)  # type: ignore[arg-type]


def lumped(**changes: object) -> fc.LumpedCell:
    return fc.LumpedCell(**{"volume": 1e-5, "material": STUFF, **changes})  # type: ignore[arg-type]


def cell_in(kelvin: float) -> fc.DFN:
    return fc.DFN(library.chen2020(), temperature=kelvin, physics=[fc.Electrochemistry(), fc.LumpedHeat(100.0)])


MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "below 0 K": (lambda: body(initial_temperature=-3.0), "above 0 K"),
    "no number": (lambda: fc.FixedTemperature(float("nan")), "above 0 K"),
    "Celsius": (lambda: body(initial_temperature=25.0), "degrees Celsius.*298.15"),
    "Celsius of a surface": (lambda: fc.FixedTemperature(60.0), "degrees Celsius"),
    "Celsius around": (lambda: fc.Convection(10.0, ambient=25.0), "degrees Celsius"),
    "Celsius of a lumped cell": (lambda: lumped(initial_temperature=100.0), "degrees Celsius"),
    "Celsius of an electrochemical cell": (lambda: cell_in(25.0), "kelvin"),
    "insulated from a fixed ambient": (lambda: body(ambient=298.15), "every surface is insulated"),
    "insulated lumped cell": (lambda: fc.LumpedHeat(100.0, ambient=298.15), "every surface is insulated"),
    "ambient that nothing sees": (
        lambda: body(surfaces={"positive_collector": fc.Convection(10.0, 300.0)}, ambient=298.15),
        "names an ambient of its own",
    ),
    "no ambient": (lambda: body(surfaces={"positive_collector": fc.Convection(10.0)}), "needs an ambient"),
    "no thermal data": (lambda: body(materials={}).system, "Region 'plate'.*no thermal data"),
    "no thermal data in a cell": (
        lambda: fc.DFN(library.chen2020(), physics=[fc.Electrochemistry(), fc.Heat({"negative": STUFF})]).system,
        "Region 'separator'.*no thermal data",
    ),
    "no such surface": (lambda: body(surfaces={"lid": fc.FixedTemperature(300.0)}).system, "'lid'"),
    "axes": (
        lambda: body(materials={"plate": replace(STUFF, conductivity=(1.0, 2.0))}).system,
        "1 axes",
    ),
    "cold contact": (lambda: fc.Module({"a": lumped()}, contacts={("a", "b"): 1.0}), "no cell 'b'"),
    "contact with itself": (lambda: fc.Module({"a": lumped()}, contacts={("a", "a"): 1.0}), "with itself"),
    "contact twice": (
        lambda: fc.Module({"a": lumped(), "b": lumped()}, contacts={("a", "b"): 1.0, ("b", "a"): 1.0}),
        "given twice",
    ),
    "contact without touch": (
        lambda: body(geometry=THREE, materials=dict.fromkeys("abc", STUFF), contacts={("a", "c"): 1.0}).system,
        "do not touch",
    ),
    "no initial temperature": (
        lambda: body(geometry=THREE, materials=dict.fromkeys("abc", STUFF), initial_temperature={"a": 300.0}).system,
        "'b' has no initial temperature",
    ),
    "held and cooled": (
        lambda: body(surfaces={"lid": (fc.FixedTemperature(300.0), fc.Convection(1.0, 300.0))}),
        "no other law",
    ),
    "cooled twice": (lambda: body(surfaces={"lid": (fc.Convection(1.0, 300.0),) * 2}), "two laws of convection"),
    "exchanged twice": (
        lambda: fc.Exchange(1e-2, (fc.Convection(10.0), fc.Convection(30.0))),
        "two laws of convection",
    ),
    "no tuple of laws": (lambda: fc.Exchange(1.0, fc.Convection(1.0)), "a tuple of convection"),  # type: ignore[arg-type]
    "text": (lambda: fc.FixedTemperature("300 K"), "number in kelvin, not '300 K'"),  # type: ignore[arg-type]
    "no temperature": (lambda: body(initial_temperature=None), "number in kelvin, not None"),
    "no temperature of a lumped cell": (lambda: lumped(initial_temperature=None), "number in kelvin, not None"),
    "text around": (
        lambda: body(surfaces={"lid": fc.Convection(10.0)}, ambient="25C"),
        "ambient must be a number in kelvin, not '25C'",
    ),
    "text of an electrochemical cell": (lambda: cell_in("25C"), "kelvin.*not '25C'"),  # type: ignore[arg-type]
    "law for an exchange": (lambda: lumped(exchange=fc.Convection(1.0)), r"must be an Exchange\(area.*not Convection"),
    "law for the exchange of a cell": (
        lambda: fc.LumpedHeat(40.0, fc.Convection(1.0)),  # type: ignore[arg-type]
        r"must be an Exchange\(area.*not Convection",
    ),
    "number for a law": (lambda: fc.Heat({}, {"lid": 10.0}), "surface 'lid'.*Convection.*not 10.0"),  # type: ignore[dict-item]
    "list of laws": (lambda: body(surfaces={"lid": [fc.Convection(1.0, 300.0)]}), r"surface 'lid'.*tuple.*not \["),
    "number for data": (lambda: fc.Heat({"a": 1.0}), "region 'a' must be a Thermal, not 1.0"),  # type: ignore[dict-item]
    "number for data of a body": (lambda: body(materials={"plate": 1.0}), "region 'plate' must be a Thermal"),
    "number for heat": (
        lambda: fc.DFN(library.chen2020(), physics=[fc.Electrochemistry(), 40.0]),
        "LumpedHeat.*not 40.0",
    ),  # type: ignore[arg-type]
    "law for heat": (
        lambda: fc.DFN(library.chen2020(), physics=[fc.Electrochemistry(), fc.Convection(1.0)]),  # type: ignore[arg-type]
        "LumpedHeat.*not Convection",
    ),
    "text for kinetics": (lambda: replace(SEI, kinetics="order"), "kinetics must be Order.*not 'order'"),
    "no kinetics": (lambda: replace(SEI, kinetics=None), "kinetics must be Order.*not None"),
    "class for kinetics": (lambda: replace(SEI, kinetics=Order), "kinetics must be Order.*not <class"),
    "one reaction": (lambda: fc.Module({"a": lumped()}, SEI), "must be a tuple of them, not a Decomposition"),  # type: ignore[arg-type]
    "names of reactions": (lambda: fc.Module({"a": lumped()}, ("SEI",)), "must be a Decomposition, not 'SEI'"),  # type: ignore[arg-type]
    "list of cells": (lambda: fc.Module([lumped()]), "dictionary of their names"),  # type: ignore[arg-type]
    "contact of three": (
        lambda: fc.Module({"a": lumped()}, contacts={("a", "b", "c"): 1.0}),  # type: ignore[dict-item]
        "joins two by their names",
    ),
    "contact as a text": (
        lambda: fc.Module({"a": lumped(), "b": lumped()}, contacts={"ab": 1.0}),  # type: ignore[dict-item]
        "joins two by their names.*not 'ab'",
    ),
    "half a degree": (lambda: body(degree=1.5), "degree.*whole number, not 1.5"),
    "source without a number": (lambda: body(sources={"plate": float("nan")}), "source in 'plate'.*finite"),
    "no degree": (lambda: body(degree=0), "between 1 and 8"),
    "no cross section": (lambda: body(cross_section=0.0), "cross_section.*above 0"),
    "emissivity": (lambda: fc.Radiation(1.3), "emissivity"),
    "two heats": (
        lambda: fc.ResolvedCell(
            slab([("x", 1e-5, 1)]),
            library.nyman2008(),
            {},
            {"positive": "a", "negative": "b"},
            (fc.Electrochemistry(), fc.LumpedHeat(1.0), fc.LumpedHeat(1.0)),
        ),
        "one Heat",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_named(mistake: str) -> None:
    make, words = MISTAKES[mistake]
    with pytest.raises(fc.InputError, match=words) as raised:
        make()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("energy", "more", "words"),
    [
        ("-1.0", "", "SEI.*activation_energy.*above 0"),
        ("1e5", "colour = 3", "no 'colour'"),
        ("1e5", '[reactions.SEI.kinetics]\nform = "magic"', "no form 'magic'"),
        ("1e5", '[reactions.SEI.kinetics]\nform = "through_layer"\nthickness = 0.1', "reference is missing"),
        ("1e5", 'kinetics = "order"', "must be a table"),
        ("1e5", 'kinetics = { form = ["order"] }', "no form"),
        ("1e5", 'kinetics = { form = "order", n = 0.0 }', "n must be a number above 0"),
        ("1e5", 'kinetics = { form = "autocatalytic" }', "never begins"),
        ("1e5", 'name = "other"', "leave 'name' out"),
        ("", "", "TOML"),
    ],
)
def test_mistakes_in_a_reaction_file_are_named(tmp_path: Path, energy: str, more: str, words: str) -> None:
    file = tmp_path / "network.toml"
    file.write_text(REACTION.format(energy=energy, more=more))
    with pytest.raises(fc.InputError, match=words):
        read_reactions(file)


def test_a_reaction_file_is_what_it_says(tmp_path: Path) -> None:
    file = tmp_path / "network.toml"
    lines = []
    for r in library.hatchard2001_reactions():
        lines.append(f"[reactions.{r.name}]")
        for key in ("frequency_factor", "activation_energy", "heat", "content", "initial", "source"):
            lines.append(f"{key} = {getattr(r, key)!r}")
        form = {"Order": "order", "Autocatalytic": "autocatalytic", "ThroughLayer": "through_layer"}
        lines += [f"[reactions.{r.name}.kinetics]", f'form = "{form[type(r.kinetics).__name__]}"']
        lines += [f"{key} = {value!r}" for key, value in vars(r.kinetics).items()]
    file.write_text("\n".join(lines).replace("'", '"'))
    assert read_reactions(file) == library.hatchard2001_reactions()


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ambient_temperature", 25.0, "The ambient is 25 K, which looks like degrees Celsius"),
        ("ambient_temperature", -3.0, "above 0 K"),
        ("a.convection.coefficient", -5.0, "coefficient must be a number above 0"),
        ("a.radiation.emissivity", 1.3, "emissivity must be a number above 0 and at most 1"),
        ("a.radiation.ambient_temperature", 25.0, "degrees Celsius"),
    ],
)
def test_parameters_are_checked_as_the_laws_are(name: str, value: float, words: str) -> None:
    exchange = fc.Exchange(1e-2, (fc.Convection(10.0), fc.Radiation(0.8, 300.0)))
    prepared = fc.prepare(fc.Module({"a": lumped(exchange=exchange)}, ambient=300.0))
    with pytest.raises(fc.InputError, match=f"^Parameter '{name}': .*{words}"):
        prepared.change(**{name: value})


def test_parameters_of_the_heat_of_a_cell_are_checked() -> None:
    heat = fc.LumpedHeat(40.0, fc.Exchange(5e-3, (fc.Convection(10.0),)), ambient=298.15)
    parameters = fc.DFN(
        library.chen2020(), fc.Resolution(1, 1, 1, degree=1, radial=3), physics=[fc.Electrochemistry(), heat]
    ).system.parameters
    for name in ("heat_capacity", "cooled_area", "cooled.convection.coefficient", "ambient_temperature"):
        with pytest.raises(fc.InputError):
            parameters[name].check(-5.0)
        parameters[name].check(float(parameters[name].value))


def test_reactions_of_a_module_may_have_keys() -> None:
    system = fc.Module({"a": lumped()}, {"first": SEI}).system
    assert [f.name for f in system.fields] == ["T", "c_SEI"]


def test_a_changed_number_of_a_module_acts() -> None:
    """Newton's law of cooling: the difference from the ambient falls as exp(-h A t / C)."""
    cell = lumped(exchange=fc.Exchange(1e-2, (fc.Convection(10.0),)), initial_temperature=350.0)
    prepared = fc.prepare(fc.Module({"a": cell}, ambient=300.0))
    assert prepared.parameters == {"a.convection.coefficient": 10.0, "ambient_temperature": 300.0}
    prepared.change(**{"a.convection.coefficient": 30.0, "ambient_temperature": 310.0})
    first = fc.simulate(prepared, ["Rest for 1 s"], progress=False).series
    assert first["heat_lost_W"][0] == pytest.approx(30.0 * 1e-2 * 40.0, rel=1e-9)


def test_a_temperature_below_its_bound_is_told_in_kelvin() -> None:
    """Not as the warming, which is what is solved for."""
    with pytest.raises(fc.SolveError, match=r"T is -\d\S* K.*, its bound is 0\b"):
        fc.simulate(body(sources={"plate": -1e9}), ["Rest for 60 s"], progress=False)


def test_a_reaction_of_broken_order_ends_with_its_reactant() -> None:
    """dc/dt = -k sqrt(c): c = (1 - k t / 2)^2, and nothing more after t = 2 / k."""
    k = 0.1
    fading = Decomposition(
        name="fading",
        frequency_factor=k,
        activation_energy=1e-6,
        heat=1.0,
        content=1.0,
        kinetics=Order(0.5),
        source="this test",
    )
    steps = [f"Rest for {0.5 / k} seconds", f"Rest for {9.5 / k} seconds"]
    result = fc.simulate(fc.Module({"a": lumped(volume=1.0)}, (fading,)), steps, progress=False)
    left = result.series["chemical_energy_fading_J"]
    assert left[result.series["step"] == 1][-1] == pytest.approx(0.75**2, abs=1e-3)
    assert left[-1] == pytest.approx(0.0, abs=1e-3)
