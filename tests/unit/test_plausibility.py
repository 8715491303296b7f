"""Plausibility checks are overruled by name, and by no other name."""

from dataclasses import replace

import pytest
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry.generators import Tab, pouch_stack
from femcell.materials import Cell
from femcell.materials.library import chen2020, copper
from femcell.models import DFN, Pouch
from femcell.plausibility import CHECKS, implausible, require_checks


def test_a_finding_ends_with_how_to_overrule_it() -> None:
    with pytest.raises(InputError) as found:
        implausible("particle_size", "This is odd", ())
    assert str(found.value) == 'This is odd; if it is meant, accept = ["particle_size"].'
    implausible("particle_size", "This is odd", ["particle_size"])


def test_names_that_no_check_has_are_refused() -> None:
    require_checks(list(CHECKS))
    with pytest.raises(InputError, match=r"'particle_sise'.*did you mean 'particle_size'\?"):
        require_checks(["particle_sise"])
    with pytest.raises(InputError, match=r"'everything'.*the checks are mesh_extent, particle_size"):
        require_checks(("everything",))
    with pytest.raises(InputError, match=r'write accept = \["particle_size"\]'):
        require_checks("particle_size")


def large_particles(cell: Cell) -> Cell:
    negative = cell.negative
    particles = tuple(replace(p, radius=1e6 * p.radius) for p in negative.particles)
    return replace(cell, negative=replace(negative, particles=particles))


def test_lengths_of_porous_electrodes_in_micrometres_are_refused() -> None:
    cell = chen2020()
    large = large_particles(cell)
    with pytest.raises(
        InputError, match=r"radius .* in the negative electrode is 5\.86 m.*accept = \[\"particle_radius\"\]"
    ):
        DFN(large)
    assert DFN(large, accept=["particle_radius"]).cell is large
    with pytest.raises(InputError, match=r"thickness of the separator is 12 m.*\"layer_thickness\""):
        DFN(replace(cell, separator_thickness=12.0))


def test_foils_of_two_metres_are_refused() -> None:
    cell = chen2020()
    layers = [
        ("negative_foil", 2.0, 1),
        ("negative", cell.negative.thickness, 1),
        ("separator", cell.separator_thickness, 1),
        ("positive", cell.positive.thickness, 1),
        ("positive_foil", 16e-6, 1),
    ]
    tabs = [Tab("negative_foil", "negative_tab", 0.0, 0.0), Tab("positive_foil", "positive_tab", 0.0, 0.0)]
    geometry = pouch_stack(layers, tabs, height=0.1, cells=(1, 2), comm=MPI.COMM_SELF)
    pouch = Pouch(geometry, {"negative_foil": copper(), "positive_foil": copper()})
    with pytest.raises(InputError, match=r"collector 'negative_foil' is 2 m, .*accept = \[\"foil_thickness\"\]"):
        DFN(cell, pouch=pouch)
    assert DFN(cell, pouch=pouch, accept=["foil_thickness"]).pouch is pouch
