"""The table [heat] of a study: what it stands for, and what is wrong with it in one sentence."""

from typing import Any

import pytest

import femcell as fc
from femcell.study.heat import HeatTable, heat_of

REGION = {"density": 2000.0, "heat_capacity": 900.0, "conductivity": 1.5}


def made(**content: Any) -> fc.Heat | fc.LumpedHeat | None:
    return heat_of(HeatTable.model_validate(content))


def test_no_table_is_no_heat() -> None:
    assert heat_of(None) is None


def test_one_temperature() -> None:
    heat = made(heat_capacity=44.0, area=5e-3, convection=10.0, emissivity=0.8, ambient_K=300.0)
    assert heat == fc.LumpedHeat(44.0, fc.Exchange(5e-3, (fc.Convection(10.0), fc.Radiation(0.8))), 300.0)


def test_a_field() -> None:
    surfaces = {"top": {"convection": 5.0, "ambient_K": 290.0}, "foot": {"temperature_K": 310.0}}
    heat = made(regions={"nmc": {**REGION, "conductivity": [1.0, 2.0]}}, surfaces=surfaces)
    assert isinstance(heat, fc.Heat)
    assert heat.materials["nmc"].conductivity == (1.0, 2.0)
    assert heat.surfaces == {"top": (fc.Convection(5.0, 290.0),), "foot": (fc.FixedTemperature(310.0),)}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({}, "either heat_capacity"),
        ({"heat_capacity": 1.0, "regions": {"a": REGION}}, "either heat_capacity"),
        ({"regions": {"a": REGION}, "area": 1.0}, "area is of one temperature"),
        ({"heat_capacity": 1.0, "surfaces": {"a": {"convection": 1.0}}}, "surfaces are of a field"),
        ({"heat_capacity": 1.0, "area": 1.0}, "area goes with"),
        ({"heat_capacity": 1.0, "ambient_K": 300.0}, "every surface is insulated"),
        ({"heat_capacity": 1.0, "area": 1.0, "convection": 1.0, "ambient_K": 25.0}, "degrees Celsius"),
        ({"regions": {"a": REGION}, "surfaces": {"b": {}}}, "surfaces.b: give either"),
        (
            {"regions": {"a": REGION}, "surfaces": {"b": {"temperature_K": 300.0, "ambient_K": 290.0}}},
            "surfaces.b: a surface held",
        ),
        ({"regions": {"a": {**REGION, "density": -1.0}}}, "density.*above 0"),
    ],
)
def test_mistakes_are_named(content: dict[str, Any], words: str) -> None:
    with pytest.raises(fc.InputError, match=words) as raised:
        made(**content)
    assert str(raised.value).startswith("[heat]: ")
