"""True is 1 for Python; no number of a study, a material or a setting may be one."""

import dataclasses
from collections.abc import Iterator
from numbers import Real
from typing import Any

import pytest

import femcell as fc
from femcell.bridge import Textbook
from femcell.errors import InputError
from femcell.experiments.controls import Amperes, CurrentProfile, PowerControl, Rate, ResistanceControl, VoltageControl
from femcell.experiments.steps import CapacityLimit, Step, VoltageLimit
from femcell.geometry.generators import ElectrodePacking, MeshSize
from femcell.geometry.generators import Layer as MeshLayer
from femcell.geometry.tetrahedra import ImageMeshSettings
from femcell.images import Layer, RawLayout
from femcell.images.generators import Ellipsoid
from femcell.materials import PorousSeparator, library
from femcell.materials.mechanical import Isotropic, PartialMolarVolume
from femcell.materials.plasticity import LinearHardening, Swift, Voce
from femcell.materials.runaway import Autocatalytic, Kinetics, Order, ThroughLayer

HEAT = fc.Thermal(name="x", density=2000.0, heat_capacity=900.0, conductivity=2.0, source="made up")
REACTION = fc.Decomposition(
    name="SEI",
    frequency_factor=1e15,
    activation_energy=1.3e5,
    heat=2.5e5,
    content=600.0,
    initial=0.15,
    source="made up",
)
THINGS = [
    *(dataclasses.replace(getattr(library, name)()) for name in ("chen2020", "marquis2019", "ecker2015")),
    library.lfp_mpet(),
    library.aluminium(),
    library.lithium_metal(),
    PorousSeparator(name="x", porosity=0.4, tortuosity_factor=2.0, source="made up"),
    HEAT,
    REACTION,
    fc.Convection(10.0, 300.0),
    fc.Radiation(0.5, 300.0),
    fc.FixedTemperature(300.0),
    fc.Exchange(1.0, (fc.Convection(10.0),)),
    fc.LumpedHeat(100.0, fc.Exchange(1.0, (fc.Convection(10.0),)), 300.0),
    fc.Heat({"x": HEAT}, {"y": (fc.Convection(10.0),)}, 300.0),
    Isotropic(youngs_modulus=1e9, poissons_ratio=0.3),
    PartialMolarVolume(omega=1e-6),
    LinearHardening(yield_stress=1e8, modulus=1e9),
    Voce(yield_stress=1e8, saturation=2e8, rate=10.0),
    Swift(yield_stress=1e8, reference_strain=0.1, exponent=0.2),
    fc.Resolution(),
    fc.Electrochemistry(1, 2),
    fc.Foundation(1e12),
    fc.Pressure(1e5),
    fc.Equipotential("x", 0.1),
    fc.SolverSettings(),
    fc.TimeSettings(max_step=10.0),
    fc.OutputSettings((1.0,), 1.0),
    fc.Staggered((), 9, 1e-3),
    Rate(1.0),
    Amperes(1.0),
    VoltageControl(4.0),
    PowerControl(1.0),
    ResistanceControl(1.0),
    CurrentProfile((0.0, 1.0), (1.0, 2.0)),
    VoltageLimit(3.0),
    CapacityLimit(1.0),
    Step(VoltageControl(4.0), duration_s=10.0, output_period_s=1.0, temperature_K=300.0),
    Textbook(0.3, 1.5, 5e-6),
    ElectrodePacking(region="x", thickness=30e-6, porosity=0.4, mean_radius=5e-6),
    MeshSize(particle=2e-6, pore=2e-6),
    MeshLayer("x", 1e-6, 3),
    ImageMeshSettings(),
    Layer("x", 1e-6),
    RawLayout((2, 2, 2), offset=1),
    Ellipsoid((1.0, 1.0, 1.0)),
]


def within(thing: Any) -> Iterator[Any]:
    """A dataclass and those in it."""
    yield thing
    for field in dataclasses.fields(thing):
        value = getattr(thing, field.name)
        if isinstance(value, Kinetics):  # checked by the reaction that they are of
            continue
        for part in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(part) and not isinstance(part, type):
                yield from within(part)


def numbers() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Each number of each kind of thing, as the change that makes it true; of a tuple the first."""
    found = {}
    for thing in (part for whole in THINGS for part in within(whole)):
        for field in dataclasses.fields(thing):
            value = getattr(thing, field.name)
            name = f"{type(thing).__module__}.{type(thing).__name__}.{field.name}".removeprefix("femcell.")
            if not field.init or isinstance(value, bool):
                continue
            if isinstance(value, Real):
                found[name] = (thing, {field.name: True})
            elif isinstance(value, tuple) and value and isinstance(value[0], Real):
                found[name] = (thing, {field.name: (True, *value[1:])})
    return found


NUMBERS = numbers()


def test_there_are_many() -> None:
    assert len(NUMBERS) > 100


@pytest.mark.parametrize("kinetics", [Order(True), Autocatalytic(True), ThroughLayer(True, 1e-9)])
def test_kinetics_are_checked_by_their_reaction(kinetics: Kinetics) -> None:
    with pytest.raises(InputError, match="True"):
        dataclasses.replace(REACTION, kinetics=kinetics)


@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_is_true(name: str) -> None:
    thing, change = NUMBERS[name]
    with pytest.raises(InputError, match="True"):
        dataclasses.replace(thing, **change)
