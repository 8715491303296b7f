"""Representations: short, on one line, with the numbers that people look for."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import femcell as fc
from femcell import library
from femcell.experiments.controls import CurrentProfile
from tests.unit.test_kinds import CLASSES

LIMIT = 400


def objects() -> Iterator[Any]:
    """All parameter sets of the library with what they consist of, and one object of every class of the interface."""
    for name in library.__all__:
        make = getattr(library, name)
        found = make(make.__defaults__[0]) if getattr(make, "__defaults__", None) else make()
        parts = found.values() if isinstance(found, dict) else found if isinstance(found, tuple) else (found,)
        yield from ((name, part) for part in parts)
    yield from ((kind.__name__, kind(**given)) for kind, given in CLASSES.items())


def within(thing: Any) -> Iterator[Any]:
    """It, and all dataclasses that it is made of."""
    yield thing
    for field in dataclasses.fields(thing) if dataclasses.is_dataclass(thing) else ():
        value = getattr(thing, field.name)
        for part in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(part) and not isinstance(part, type):
                yield from within(part)


@pytest.mark.parametrize(("name", "thing"), [pytest.param(n, t, id=n) for n, t in objects()])
def test_no_representation_is_long(name: str, thing: Any) -> None:
    for part in within(thing):
        assert len(repr(part)) < LIMIT and "\n" not in repr(part), type(part)
        assert " at 0x" not in repr(part), type(part)


def test_numbers_have_units() -> None:
    chen = library.chen2020()
    assert repr(chen) == "<Cell LG M50 (Chen 2020): 5 A h, 2.5 to 4.2 V, 0.1027 m2>"
    assert repr(fc.DFN(chen)) == "<DFN LG M50 (Chen 2020): 5 A h, 2.5 to 4.2 V, 298.15 K>"
    assert repr(chen.negative).startswith("<Electrode graphite-SiOx: 85.2 um, porosity 0.25")
    hour = fc.parse_experiment(["Discharge at 1C until 2.5 V", *["Rest for 1 hour"] * 3])
    assert repr(hour) == (
        "<Experiment: 4 steps, 4 cycles, Discharge at 1C until 2.5 V, Rest for 1 hour, Rest for 1 hour, ...>"
    )
    profile = CurrentProfile(tuple(np.arange(5000.0)), tuple(np.linspace(-1.0, 2.0, 5000)), "drive.csv")
    assert repr(profile) == "<CurrentProfile drive.csv: 5000 points, 0 to 4999 s, -1 to 2 A>"


def test_names_are_cut_off() -> None:
    long = dataclasses.replace(library.copper(), name="copper " * 100)
    assert len(repr(long)) < 100 and repr(long).endswith("S/m>")
