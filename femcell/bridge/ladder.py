"""Homogenised cells that know more and more of a microstructure: from textbook guesses to everything measured."""

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum

from mpi4py import MPI

from femcell.bridge.microstructure import ElectrodeNumbers, Microstructure, ParticleNumbers
from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials import Cell, Electrolyte, Particles
from femcell.materials import Electrode as PorousElectrode
from femcell.models import DFN, LithiumMetal, ResolvedCell


class Property(Enum):
    """What a homogenised cell can take from the microstructure, in the order of the ladder."""

    POROSITY = "porosity"
    TORTUOSITY = "tortuosity"
    AREA = "specific area"
    SHAPE = "particle shape"


@dataclass(frozen=True)
class Textbook:
    """What one would take without looking at the microstructure.

    Attributes:
        porosity: of each electrode; None takes the measured one.
        bruggeman: exponent of both transport factors, of the pores and of the solid.
        radius: of the particles, m; None takes spheres of the measured area per volume.

    Raises:
        InputError: a number is out of its range.
    """

    porosity: float | None = None
    bruggeman: float = 1.5
    radius: float | None = None

    def __post_init__(self) -> None:
        """Check the numbers."""
        require_fields(self)
        if self.porosity is not None and not 0 < self.porosity < 1:
            raise InputError(f"The textbook porosity must lie between 0 and 1, not {self.porosity:g}.")
        if not (math.isfinite(self.bruggeman) and self.bruggeman >= 0):
            raise InputError(f"The Bruggeman exponent must be 0 or more, not {self.bruggeman:g}.")
        if self.radius is not None and not (math.isfinite(self.radius) and self.radius > 0):
            raise InputError(f"The textbook radius must be above 0, not {self.radius:g} m.")

    def smaller(self, times: float) -> "Textbook":
        """The same of particles that are `times` smaller."""
        return self if self.radius is None else replace(self, radius=self.radius / times)


@dataclass(frozen=True)
class Rung:
    """One step of the ladder.

    Attributes:
        name: what it knows that the one below does not.
        known: everything that it has from the microstructure.
    """

    name: str
    known: frozenset[Property]


LADDER = (
    Rung("textbook", frozenset()),
    *(Rung(f"+ {p.value}", frozenset(tuple(Property)[: i + 1])) for i, p in enumerate(Property)),
)


def averaged_cell(cell: ResolvedCell, found: Microstructure, known: Collection[Property], textbook: Textbook) -> DFN:
    """The DFN of a resolved cell: the same materials, layers, capacity and section, porous electrodes of numbers.

    Every rank has one of its own: a line of some hundred unknowns is not worth a message.

    Args:
        cell: the resolved one.
        found: what was measured on it.
        known: what is taken from there; all else is as in the textbook.
        textbook: guesses.

    Raises:
        InputError: the textbook's porosity leaves no room for the active material.
    """
    if not isinstance(cell.electrolyte, Electrolyte):
        raise InputError(
            f"A homogenised cell needs the data of a binary electrolyte, not the law {type(cell.electrolyte).__name__}."
        )
    electrodes = [porous_electrode(e, known, textbook) for e in found.electrodes]
    counter, (low, high) = cell.layout.counter, cell.voltage_window
    whole = Cell(
        name=f"homogenised {cell.geometry.source}",
        electrolyte=cell.electrolyte,
        negative=electrodes[0],  # in a half cell it is not looked at
        separator=found.separator,
        positive=electrodes[-1],
        separator_thickness=found.separator_thickness,
        area=found.stack.section,
        nominal_ampere_hours=cell.c_rate_capacity_Ah,
        lower_voltage=low,
        upper_voltage=high,
        initial_temperature=cell.temperature,
        source="measured on the mesh",
    )
    metal = None if counter is None else LithiumMetal("negative_collector", counter.material)
    return DFN(whole, counter=metal, capacity_Ah=cell.c_rate_capacity_Ah, comm=MPI.COMM_SELF)


def porous_electrode(found: ElectrodeNumbers, known: Collection[Property], textbook: Textbook) -> PorousElectrode:
    """An electrode with some of its numbers measured; InputError where it holds more than its volume."""
    guessed = found.porosity if textbook.porosity is None else textbook.porosity
    porosity = found.porosity if Property.POROSITY in known else guessed
    pores, solid = porosity**textbook.bruggeman, found.bulk_conductivity * found.active_fraction**textbook.bruggeman
    if Property.TORTUOSITY in known:
        pores, solid = found.transport_factor, found.conductivity
    return PorousElectrode(
        particles=tuple(_particles(p, known, textbook) for p in found.particles),
        thickness=found.thickness,
        porosity=porosity,
        transport_factor=pores,
        conductivity=solid,
    )


def _particles(found: ParticleNumbers, known: Collection[Property], textbook: Textbook) -> Particles:
    """Area and radius are numbers of their own: one is where lithium reacts, the other how far it diffuses."""
    guessed = found.sauter_radius if textbook.radius is None else textbook.radius
    return Particles(
        active=found.material,
        active_fraction=found.fraction,
        radius=found.diffusion_radius if Property.SHAPE in known else guessed,
        surface=found.area if Property.AREA in known else 3 * found.fraction / guessed,
    )
