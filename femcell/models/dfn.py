"""The Doyle-Fuller-Newman model: porous-electrode theory on a mesh of the stack, particles at every point."""

import math
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from mpi4py import MPI

from femcell.errors import InputError
from femcell.geometry import Geometry, RawMesh, distribute
from femcell.materials import Cell
from femcell.materials import Electrode as PorousElectrode
from femcell.models.averaged import Population, particle_terms
from femcell.models.electrochemistry import electrochemical_system
from femcell.models.layout import Electrode, Layout, open_circuit_window
from femcell.models.space import Quadrature, build_space
from femcell.models.terminals import Equipotential, LithiumMetal
from femcell.system import System

NEGATIVE, SEPARATOR, POSITIVE = "negative", "separator", "positive"


@dataclass(frozen=True)
class Resolution:
    """How fine a stack is resolved.

    Attributes:
        negative: elements through the negative electrode.
        separator: elements through the separator.
        positive: elements through the positive electrode.
        degree: polynomial degree of the elements.
        radial: radial points of each particle; profiles are even polynomials of degree 2 (radial - 1).

    Raises:
        InputError: a number is out of its range.
    """

    negative: int = 4
    separator: int = 1
    positive: int = 4
    degree: int = 4
    radial: int = 8

    def __post_init__(self) -> None:
        """Check the numbers."""
        for name, least, most in (
            ("negative", 1, 100_000),
            ("separator", 1, 100_000),
            ("positive", 1, 100_000),
            ("degree", 1, 8),
            ("radial", 2, 60),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise InputError(f"The resolution '{name}' must lie between {least} and {most}, not {value}.")


@dataclass(frozen=True)
class _Pores:
    porosity: float
    transport_factor: float


@dataclass(frozen=True, eq=False)
class DFN:
    """Porous electrodes, a separator, and spheres at every point (Doyle, Fuller and Newman, JES 140 (1993) 1526).

    Attributes:
        cell: materials and geometry of the stack.
        resolution: elements, degree and radial points.
        counter: lithium metal in place of the negative electrode, for a half cell.
        temperature: K; left out, the cell's initial temperature.
        capacity_Ah: what C-rates refer to; left out, the cell's nominal capacity.

    Raises:
        InputError: a value is out of its range.
    """

    cell: Cell
    resolution: Resolution = field(default_factory=Resolution)
    counter: LithiumMetal | None = None
    temperature: float | None = None
    capacity_Ah: float | None = None
    comm: MPI.Intracomm = field(default_factory=lambda: MPI.COMM_WORLD)

    def __post_init__(self) -> None:
        """Check what needs no mesh."""
        T = self.temperature_K
        if not (math.isfinite(T) and 150.0 < T < 500.0):
            raise InputError(f"The temperature must be in kelvin between 150 and 500, not {T:g}.")
        if self.capacity_Ah is not None and not (math.isfinite(self.capacity_Ah) and self.capacity_Ah > 0.0):
            raise InputError(f"The capacity must be positive, not {self.capacity_Ah:g} A h.")

    @property
    def temperature_K(self) -> float:
        """Of the whole cell, K."""
        return self.cell.initial_temperature if self.temperature is None else self.temperature

    @property
    def c_rate_capacity_Ah(self) -> float:
        """The capacity that C-rates refer to, A h."""
        return self.cell.nominal_ampere_hours if self.capacity_Ah is None else self.capacity_Ah

    @cached_property
    def voltage_window(self) -> tuple[float, float]:
        """Least and largest open-circuit voltage over all stoichiometries of the electrodes, V."""
        return open_circuit_window(self.layout, self.temperature_K)

    @cached_property
    def geometry(self) -> Geometry:
        """The mesh of the stack."""
        layers = [(name, thickness, getattr(self.resolution, name)) for name, thickness in self._layers.items()]
        raw = line(layers) if self.comm.rank == 0 else None
        return Geometry.from_root(self.comm, raw, f"stack of {self.cell.name}")

    @property
    def _layers(self) -> dict[str, float]:
        cell = self.cell
        layers = {NEGATIVE: cell.negative.thickness} if self.counter is None else {}
        return {**layers, SEPARATOR: cell.separator_thickness, POSITIVE: cell.positive.thickness}

    @cached_property
    def layout(self) -> Layout:
        """The parts of the cell."""
        cell = self.cell
        sides: dict[str, PorousElectrode] = {NEGATIVE: cell.negative} if self.counter is None else {}
        sides[POSITIVE] = cell.positive
        porous = {n: _Pores(e.porosity, e.electrolyte_transport_factor) for n, e in sides.items()}
        porous[SEPARATOR] = _Pores(cell.separator.porosity, cell.separator.transport_factor)
        return Layout(
            geometry=self.geometry,
            electrolyte_regions=tuple(self._layers),
            porous=porous,
            electrodes=tuple(
                Electrode(n, Equipotential(f"{n}_collector"), (n,), populations(n, e, self.resolution.radial))
                for n, e in sides.items()
            ),
            counter=self.counter,
            conductors={n: e.effective_conductivity for n, e in sides.items()},
            left_out=(),
        )

    @cached_property
    def system(self) -> System:
        """The semi-discrete system. Collective."""
        degree = self.resolution.degree
        domain = distribute(self.geometry)
        space = build_space(
            domain,
            self.layout,
            self.cell.electrolyte,
            degree=degree,
            quadrature=Quadrature.averaged(degree, domain.dim),
            temperature=self.temperature_K,
            cross_section=self.cell.area,
            current_scale=self.c_rate_capacity_Ah,
        )
        return electrochemical_system(
            space,
            self.cell.electrolyte,
            particle_terms,
            label="Doyle-Fuller-Newman model",
            digest=f"{self.geometry.summary.digest}-P{degree}-R{self.resolution.radial}",
            facts={
                "cell": self.cell.name,
                "capacity_Ah": self.c_rate_capacity_Ah,
                "capacity_from": "the cell's nominal capacity" if self.capacity_Ah is None else "given",
                "temperature_K": self.temperature_K,
            },
        )


def populations(name: str, electrode: PorousElectrode, radial: int) -> tuple[Population, ...]:
    """The particles of an electrode, each population with a lithium field of its own."""
    many = len(electrode.particles) > 1
    return tuple(
        Population(
            f"{name}_{i}" if many else name,
            p.active,
            (name,),
            electrode.thickness * p.active_fraction,
            radial,
            particles=p,
        )
        for i, p in enumerate(electrode.particles, 1)
    )


def line(layers: list[tuple[str, float, int]]) -> RawMesh:
    """A 1D mesh of layers (region, thickness in m, elements), between `<first>_collector` and `<last>_collector`."""
    edges = [0.0]
    tags: list[int] = []
    for tag, (_, thickness, count) in enumerate(layers, 1):
        start = edges[-1]
        edges += [start + thickness * (i + 1) / count for i in range(count)]
        tags += [tag] * count
    n = len(tags)
    return RawMesh(
        points=np.array(edges)[:, None],
        cells=np.column_stack([np.arange(n), np.arange(1, n + 1)]).astype(np.int64),
        cell_tags=np.array(tags, dtype=np.int64),
        facets=np.array([[0], [n]], dtype=np.int64),
        facet_tags=np.array([1, 2], dtype=np.int64),
        region_tags={name: tag for tag, (name, _, _) in enumerate(layers, 1)},
        surface_tags={"negative_collector": 1, "positive_collector": 2},
    )
