"""Electrical contact resistance: what it costs in voltage it gives off as heat, by the same term."""

from collections.abc import Callable

import pytest

import femcell as fc
from tests.conservation.test_heat import cell, field

CLOSED = 1e-7
CHEN = fc.library.chen2020()
SMALL = fc.Resolution(2, 1, 2, degree=2, radial=5)
STEPS = ["Discharge at 1C for 10 seconds"]


def run(model: fc.DFN | fc.ResolvedCell) -> fc.Result:
    result = fc.simulate(model, STEPS, progress=False)
    assert max(result.summary["worst_audit"].values()) < CLOSED
    return result


def test_a_line_loses_what_ohm_says() -> None:
    """One surface, one current density: R I / A of voltage and R I^2 / A of heat, in series on both sides."""
    heat, resistances = fc.LumpedHeat(100.0), {"negative": 2e-4, "positive": 1e-3}
    plain, touching = (
        run(fc.DFN(CHEN, SMALL, physics=[fc.Electrochemistry(), heat], contacts=c)) for c in ({}, resistances)
    )
    ohm = sum(resistances.values()) / CHEN.area
    current = touching.series["current_A"]
    assert plain.voltage[0] - touching.voltage[0] == pytest.approx(ohm * current[0], rel=1e-7)
    assert touching.series["contact_heat_W"] == pytest.approx(ohm * current**2, rel=1e-7)
    assert "contact_heat_W" not in plain.series


@pytest.mark.mpi
def test_a_resolved_foil_gives_it_off_where_it_touches() -> None:
    """Energy closes with a field of temperatures; a current that is spread unevenly loses more than R I^2 / A."""
    R = 5e-3
    model = cell(field(foil_top=fc.Convection(50.0)), contacts={("foil", "nmc"): R})
    series = run(model).series
    area = model.geometry.summary.interfaces["foil", "nmc"]
    least = R * series["current_A"] ** 2 / area
    assert (series["contact_heat_W"] >= least * (1 - 1e-9)).all()
    assert (series["contact_heat_W"] < 1.5 * least).all()


def line(**changes: object) -> fc.DFN:
    return fc.DFN(CHEN, SMALL, **changes)  # type: ignore[arg-type]


MISTAKES: dict[str, tuple[Callable[[], object], str]] = {
    "no electrode": (lambda: line(contacts={"foil": 1.0}).layout, "no electrode 'foil'"),
    "negative": (lambda: line(contacts={"positive": -1.0}).layout, "contact_resistance.*at least 0"),
    "no solid": (lambda: cell(fc.LumpedHeat(1.0), contacts={("nmc", "electrolyte"): 1.0}).system, "conducts no"),
    "none": (lambda: cell(fc.LumpedHeat(1.0), contacts={("nmc", "foil"): 0.0}).system, "resistance.*above 0"),
    "no region": (lambda: cell(fc.LumpedHeat(1.0), contacts={("nmc", "lid"): 1.0}).system, "region 'lid'"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_named(mistake: str) -> None:
    make, words = MISTAKES[mistake]
    with pytest.raises(fc.InputError, match=words):
        make()
