"""Lumped cells joined by contact conductances: a network; one alone is the cell of ARC and oven tests.

Each cell of the mesh, a line of unit elements, is one battery cell; who touches whom has nothing to do with their
order on the line, since the contacts are integrals over any two of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

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
from femcell.materials.runaway import Reaction, network
from femcell.materials.thermal import Exchange, Thermal, require_temperature
from femcell.models.abuse import reaction_terms
from femcell.models.contacts import check_pairs
from femcell.models.heat import TEMPERATURE_SCALE, check_ambient, surface_flux
from femcell.models.heat_body import RATE, TRACE
from femcell.models.terms import Terms
from femcell.parameter import Check, Parameter
from femcell.physics import heat
from femcell.reprs import angled, counted, names
from femcell.system import Balance, Block, BlockMethod, Field, Observable, System, unknowns


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
    reactions: tuple[Reaction, ...] | Mapping[str, Reaction] = ()
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
        cells, domain = tuple(self.cells.values()), _line(self.comm, len(self.cells))
        reactions = network(self.reactions)
        V = fem.functionspace(domain, ("DG", 0))
        count = 1 + len(reactions)
        spaces = [V, *[V.clone() for _ in reactions]]
        tests = ufl.TestFunctions(ufl.MixedFunctionSpace(*spaces))
        unit = RATE * sum(c.heat_capacity for c in cells)
        level = min(c.initial_temperature for c in cells)
        names = ["T", *[f"c_{r.name}" for r in reactions]]
        volume = sum(c.volume for c in cells)
        weights = [1.0, *[abs(r.energy_density) * volume or 1.0 for r in reactions]]
        T0 = fem.Constant(domain, level)
        fields = [
            Field(
                names[i],
                "1" if i else "K",
                fem.Function(spaces[i], name=names[i]),
                fem.Constant(domain, weights[i] / unit) * tests[i],
                1.0 if i else TEMPERATURE_SCALE,
                (0.0, 1.0) if i else (-level, np.inf),
                stored=True,
                parent_nodes=None,
                level=None if i else T0,
            )
            for i in range(count)
        ]
        numbers: dict[str, Parameter] = {}
        terms = self._thermal(fields[0], T0, numbers)
        warming, w = fields[0].function, fields[0].test
        dx = _measure(domain, "dx")
        share = _values(V, [c.volume for c in cells])
        for reaction, unknown in zip(reactions, fields[1:], strict=True):
            terms += reaction_terms(
                reaction, unknown.function, unknown.test, T0 + warming, w, dx, suffix="", volume=share
            )
        stored = tuple(o.name for o in terms.observables if o.unit == "J")
        flows = {"heater": 1.0, "heat_lost": -1.0}
        starts = [c.initial_temperature - level for c in cells]

        def initialise() -> None:
            warming.x.array[:] = _values(V, starts).x.array
            for reaction, unknown in zip(reactions, fields[1:], strict=True):
                unknown.function.x.array[:] = reaction.initial

        return System(
            mesh=domain,
            fields=tuple(fields),
            storage=sum(terms.storage[1:], terms.storage[0]),
            residual=sum(terms.residual[1:], terms.residual[0]),
            blocks=tuple(Block((n,), BlockMethod.POINTWISE) for n in names),
            groups=tuple(g for g in (("T",), tuple(names[1:])) if g),
            observables=terms.observables,
            balances=(Balance("energy", stored, flows, TRACE * unit),),
            initialise=initialise,
            parameters=numbers,
            label="lumped cell" if len(cells) == 1 else "module of lumped cells",
            digest=f"module-{len(cells)}-{'-'.join(names)}",
        )

    def _thermal(self, unknown: Field, T0: fem.Constant, numbers: dict[str, Parameter]) -> Terms:
        """Heat in every cell, out of it, and between cells; what exchanges have for parameters goes to `numbers`."""
        cells, warming, v = tuple(self.cells.values()), unknown.function, unknown.test
        V, T = warming.function_space, T0 + unknown.function
        domain = V.mesh
        dx = _measure(domain, "dx")
        names = list(self.cells)

        def number(name: str, value: float, check: Check) -> fem.Constant:
            return numbers.setdefault(name, Parameter(domain, value, check))

        capacity = _values(V, [c.heat_capacity for c in cells])
        heater = _values(V, [c.heater for c in cells])
        lost: Any = 0.0 * warming
        for i, cell in enumerate(cells):
            if cell.exchange is not None:
                area = _values(V, [cell.exchange.area if j == i else 0.0 for j in range(len(cells))])
                laws = cell.exchange.laws
                lost += area * sum(surface_flux(T, law, names[i], self.ambient, number) for law in laws)
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


def _owned_cells(domain: mesh.Mesh) -> npt.NDArray[np.int64]:
    """Number along the line of each cell of this rank."""
    return np.asarray(domain.topology.original_cell_index)


def _values(V: fem.FunctionSpace, values: list[float]) -> fem.Function:
    """One value for each cell."""
    function = fem.Function(V)
    function.x.array[V.dofmap.list[:, 0]] = np.asarray(values)[_owned_cells(V.mesh)]
    return function


def _measure(domain: mesh.Mesh, kind: str, data: Any = None) -> ufl.Measure:
    return ufl.Measure(kind, domain=domain, subdomain_data=data, metadata={"quadrature_degree": 0})
