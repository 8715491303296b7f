"""Lumped cells joined by contact conductances: a network; one alone is the cell of ARC and oven tests.

Each cell of the mesh, a line of unit elements, is one battery cell; who touches whom has nothing to do with their
order on the line, since the contacts are integrals over any two of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import basix.ufl
import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem, mesh
from dolfinx.graph import adjacencylist
from mpi4py import MPI

from femcell.checks import require_kind
from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.materials._checks import require_number
from femcell.materials.runaway import Decomposition, network
from femcell.materials.thermal import Exchange, Thermal, require_temperature
from femcell.models.core import Account, Everywhere, Quadrature, Space, Terms, Unknown, assemble
from femcell.models.layout.contacts import check_pairs
from femcell.models.thermal.abuse import reaction_terms
from femcell.models.thermal.body import RATE, TRACE
from femcell.models.thermal.heat import TEMPERATURE_SCALE, check_ambient, surface_flux
from femcell.physics import heat
from femcell.reprs import angled, counted, names
from femcell.system import BlockMethod, Observable, System, unknowns

CELLWISE = {"quadrature_degree": 0}
"""Rule of integrals over cells that each hold one value."""


@dataclass(frozen=True, kw_only=True)
class LumpedCell:
    """One body of one temperature.

    Attributes:
        volume: m3.
        material: density and heat capacity.
        exchange: what it loses at its surface; left out, it is adiabatic but for its contacts.
        heater: heat that is put in, W.
        initial_temperature: K.

    Raises:
        InputError: a value is out of its range.
    """

    volume: float
    material: Thermal
    exchange: Exchange | None = None
    heater: float = 0.0
    initial_temperature: float = 298.15

    def __post_init__(self) -> None:
        """Check the values."""
        require_kind("The material of a lumped cell", self.material, Thermal, "a Thermal")
        require_kind("The exchange of a lumped cell", self.exchange, Exchange | None, "an Exchange(area, laws)")
        require_number("lumped cell", "volume", self.volume, "m3", above=0)
        require_number("lumped cell", "heater", self.heater, "W")
        require_temperature("The initial temperature of a cell", self.initial_temperature)

    @property
    def heat_capacity(self) -> float:
        """J/K."""
        return self.volume * self.material.volumetric_heat_capacity


@dataclass(frozen=True, eq=False)
class Module:
    """Cells that decompose, and heat one another.

    Attributes:
        cells: by name.
        reactions: what decomposes in every cell.
        contacts: pair of cells -> thermal conductance between them, W/K.
        ambient: K; of the exchanges that name none.
        comm: the ranks.

    Raises:
        InputError: a value is out of its range, or a contact names no cell.
    """

    cells: Mapping[str, LumpedCell]
    reactions: tuple[Decomposition, ...] | Mapping[str, Decomposition] = ()
    contacts: Mapping[tuple[str, str], float] = field(default_factory=dict)
    ambient: float | None = None
    comm: MPI.Intracomm = field(default_factory=lambda: MPI.COMM_WORLD)

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            "",
            f"cells {names(self.cells)}",
            counted(len(self.contacts), "contact"),
            counted(len(self.reactions), "reaction"),
            unknowns(self),
        )

    def __post_init__(self) -> None:
        """Check cells and contacts."""
        require_fields(self, "comm")
        require_kind("The cells of a module", self.cells, Mapping, "a dictionary of their names")
        for name, cell in self.cells.items():
            require_kind(f"Cell '{name}'", cell, LumpedCell, "a LumpedCell")
        if not self.cells:
            raise InputError("A module without a cell has no temperature; give it at least one.")
        check_ambient(self.ambient, [law for c in self.cells.values() if c.exchange for law in c.exchange.laws])
        network(self.reactions)
        require_kind("The contacts of a module", self.contacts, Mapping, "a dictionary of pairs of cells")
        check_pairs(self.contacts)
        for (a, b), conductance in self.contacts.items():
            for name in (a, b):
                if name not in self.cells:
                    raise InputError(f"Contact ({a}, {b}) has no cell '{name}'; there are {', '.join(self.cells)}.")
            require_number(f"contact ({a}, {b})", "conductance", conductance, "W/K", above=0)

    @cached_property
    def system(self) -> System:
        """The semi-discrete system. Collective."""
        names = "-".join(unknown.name for unknown in self.unknowns())
        return assemble(
            _line(self.comm, len(self.cells)),
            [self],
            degree=0,
            quadrature=Quadrature(CELLWISE, CELLWISE, CELLWISE),
            temperature=self._coldest,
            label="lumped cell" if len(self.cells) == 1 else "module of lumped cells",
            digest=f"module-{len(self.cells)}-{names}",
        )

    @property
    def _coldest(self) -> float:
        return min(cell.initial_temperature for cell in self.cells.values())

    @property
    def _unit(self) -> float:
        """The power that warms all cells at the reference rate, W."""
        return RATE * sum(cell.heat_capacity for cell in self.cells.values())

    def unknowns(self) -> Sequence[Unknown]:
        """The warming of every cell, and what is left of the reactants in it."""
        unit, volume = self._unit, sum(cell.volume for cell in self.cells.values())

        def own(name: str, symbol: str, *, scale: float, row: float, **options: Any) -> Unknown:
            return Unknown(
                name,
                symbol,
                Everywhere(),
                scale=scale,
                row=row,
                stored=True,
                element=_constant,
                method=BlockMethod.POINTWISE,
                **options,
            )

        warming = own(
            "T",
            "K",
            scale=TEMPERATURE_SCALE,
            row=unit,
            bounds=(-self._coldest, np.inf),
            warming=True,
            group="heat",
        )
        reactants = [
            own(
                f"c_{r.name}",
                "1",
                scale=1.0,
                row=unit / (abs(r.energy_density) * volume or 1.0),
                initial=r.initial,
                bounds=(0.0, 1.0),
                group="reactants",
            )
            for r in network(self.reactions)
        ]
        return [warming, *reactants]

    def terms(self, s: Space) -> Terms:
        """Heat in every cell, out of it, between cells, and from reactions."""
        terms, V, dx = self._thermal(s), s.u("T").function_space, _measure(s.mesh, "dx")
        share = _values(V, [cell.volume for cell in self.cells.values()])
        for r in network(self.reactions):
            name = f"c_{r.name}"
            terms += reaction_terms(r, s.u(name), s.test(name), s.temperature, s.test("T"), dx, suffix="", volume=share)
        starts = [cell.initial_temperature - self._coldest for cell in self.cells.values()]

        def warm() -> None:
            s.u("T").x.array[:] = _values(V, starts).x.array

        return terms + Terms(accounts=(Account("energy", (), {}, TRACE * self._unit),), initialise=(warm,))

    def _thermal(self, s: Space) -> Terms:
        """Heat in every cell, out of it, and between cells."""
        cells, warming, v, T = tuple(self.cells.values()), s.u("T"), s.test("T"), s.temperature
        V, dx, names = warming.function_space, _measure(s.mesh, "dx"), list(self.cells)
        capacity = _values(V, [c.heat_capacity for c in cells])
        heater = _values(V, [c.heater for c in cells])
        lost: Any = 0.0 * warming
        for i, cell in enumerate(cells):
            if cell.exchange is not None:
                area = _values(V, [cell.exchange.area if j == i else 0.0 for j in range(len(cells))])
                laws = cell.exchange.laws
                lost += area * sum(surface_flux(T, law, names[i], self.ambient, s.parameter) for law in laws)
        one_by_one = []
        for i, name in enumerate(self.cells):
            picked = _values(V, [float(j == i) for j in range(len(cells))])
            one_by_one.append(Observable(f"temperature_{name}", "K", picked * T * dx))
        return Terms(
            storage=(heat.heat_storage(warming, v, dx, heat_capacity=capacity),),
            residual=(heat.heat_loss(lost, v, dx), heat.heat_source(heater, v, dx), *self._contacts(warming, v)),
            observables=(
                *one_by_one,
                Observable("heat_stored", "J", heat.heat_storage(warming, 1.0, dx, heat_capacity=capacity)),
                Observable("heat_lost", "W", lost * dx),
                Observable("heater", "W", heater * dx),
            ),
            accounts=(Account("energy", ("heat_stored",), {"heater": 1.0, "heat_lost": -1.0}),),
        )

    def _contacts(self, warming: fem.Function, v: Any) -> list[ufl.Form]:
        """Heat that passes between cells; pairs of the same conductance are one integral."""
        domain, order = warming.function_space.mesh, list(self.cells)
        place = {int(g): i for i, g in enumerate(_owned_cells(domain))}
        levels = sorted(set(self.contacts.values()))
        data: list[tuple[int, npt.NDArray[np.int32]]] = []
        for tag, conductance in enumerate(levels, 1):
            pairs = [(order.index(a), order.index(b)) for (a, b), g in self.contacts.items() if g == conductance]
            here = [(place[a], 0, place[b], 0) for a, b in pairs if a in place]
            data.append((tag, np.array(here, dtype=np.int32).ravel()))
        if not levels:
            return []
        dS = _measure(domain, "dS", data)
        return [
            heat.contact(
                warming("+"), warming("-"), v("+"), v("-"), dS(tag), resistance=fem.Constant(domain, 1.0 / conductance)
            )
            for tag, conductance in enumerate(levels, 1)
        ]


def _line(comm: MPI.Intracomm, count: int) -> mesh.Mesh:
    """Unit elements in a row, all of them on rank 0: their contacts know no neighbourhood."""

    def on_root(comm: MPI.Intracomm, parts: int, kinds: Any, topology: list[npt.NDArray[np.int64]]) -> Any:
        mine = len(topology[0]) // 2
        return adjacencylist(np.zeros((mine, 1), dtype=np.int32))._cpp_object

    return mesh.create_interval(comm, count, [0.0, float(count)], partitioner=on_root)


def _constant(cell: str) -> Any:
    """One value for each cell."""
    return basix.ufl.element("DG", cell, 0)


def _owned_cells(domain: mesh.Mesh) -> npt.NDArray[np.int64]:
    """Number along the line of each cell of this rank."""
    return np.asarray(domain.topology.original_cell_index)


def _values(V: fem.FunctionSpace, values: list[float]) -> fem.Function:
    """One value for each cell."""
    function = fem.Function(V)
    function.x.array[V.dofmap.list[:, 0]] = np.asarray(values)[_owned_cells(V.mesh)]
    return function


def _measure(domain: mesh.Mesh, kind: str, data: Any = None) -> ufl.Measure:
    return ufl.Measure(kind, domain=domain, subdomain_data=data, metadata=dict(CELLWISE))
