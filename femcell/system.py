"""The one idea: a semi-discrete system  d/dt M(u; v) + F(u, t; v) = 0.

A system says what is stored and what flows. It knows no time step, solver, protocol or mesh file; whatever is
done to a model (stepping, audits, checkpoints, output) acts on this description alone.

Every equation is scaled by its test function, so that a residual of 1 means "one reference current of
imbalance" in each of them; unknowns stay in SI.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

import numpy as np
import ufl
from dolfinx import fem, mesh

from femcell.errors import InputError
from femcell.parameter import Parameter
from femcell.reprs import angled, names


@dataclass(frozen=True, eq=False)
class Field:
    """One unknown.

    Attributes:
        name: the field's standard name, e.g. `c_e`.
        unit: SI unit of the unknown.
        function: its values.
        test: argument of the test space times the scale of the equation.
        scale: a variation of the unknown that matters; local errors are judged against it.
        bounds: values outside of which the field is physically void, or None.
        stored: whether the storage form holds this field's time derivative.
        parent_nodes: node of the whole mesh per submesh node (keys of checkpoints); None for a scalar.
        scalar: one number for the whole cell (terminal voltage, total current).
        parent_cells: cell of the whole mesh per submesh cell, of unknowns that sit at points within cells.
        level: what the unknown is the difference from, as a warming is from a temperature; None: from nothing.
        turn: distance from the bounds within which laws become much steeper than before; 0 where they do not.
    """

    name: str
    unit: str
    function: fem.Function
    test: Any
    scale: float
    bounds: tuple[float, float] | None = None
    stored: bool = False
    parent_nodes: np.ndarray | None = None
    scalar: bool = False
    parent_cells: np.ndarray | None = None
    level: fem.Constant | None = None
    turn: float = 0.0

    @property
    def offset(self) -> float:
        """What to add to the unknown, and to its bounds, for people to read."""
        return 0.0 if self.level is None else float(self.level.value)

    @property
    def components(self) -> int:
        """Unknowns per node, e.g. the radial points of a particle."""
        return int(self.function.function_space.dofmap.index_map_bs)

    @property
    def owned(self) -> int:
        """Number of unknowns on this rank."""
        return int(self.function.function_space.dofmap.index_map.size_local) * self.components

    @property
    def size(self) -> int:
        """Number of unknowns over all ranks."""
        return int(self.function.function_space.dofmap.index_map.size_global) * self.components


@dataclass(frozen=True, eq=False)
class Observable:
    """A number per time: the integral of a functional, times a factor.

    Attributes:
        name: column of the time series, without the unit.
        unit: its unit.
        form: a UFL form without arguments.
        factor: multiplies the integral.
    """

    name: str
    unit: str
    form: ufl.Form
    factor: float = 1.0


@dataclass(frozen=True)
class Balance:
    """A conservation law to be audited: what is stored changes by what flows in, and by nothing else.

    Attributes:
        name: what the audit is called.
        amounts: observables whose sum is stored (none: the flows themselves must cancel).
        inflows: observables or scalar fields that flow in, per second, with their factors.
        scale: the rate against which a defect is judged.
        shared: whether its flows are those of other balances, too, as the terminals' power is what reactions give off:
            it then holds only where all fields are solved at once.
    """

    name: str
    amounts: tuple[str, ...]
    inflows: Mapping[str, float]
    scale: float
    shared: bool = False


@dataclass(frozen=True, eq=False)
class Export:
    """A field as people want to see it, made from the unknowns on demand.

    Attributes:
        name: e.g. `stoichiometry_positive`.
        unit: its unit.
        function: where the values go.
        refresh: brings `function` up to date; collective.
        pictured: whether pictures show it.
    """

    name: str
    unit: str
    function: fem.Function
    refresh: Callable[[], None]
    pictured: bool = False


@dataclass(frozen=True, eq=False)
class TerminalControl:
    """What the terminals are held at: one equation a_I I + a_V V + a_P V I = s with coefficients that vary.

    One compiled form serves every kind of control. Discharge current is positive.
    """

    a_current: fem.Constant
    a_voltage: fem.Constant
    a_power: fem.Constant
    setpoint: fem.Constant
    current_scale: float
    voltage_scale: float = 1.0

    def hold_current(self, amperes: float) -> None:
        """I = amperes."""
        self._set(1.0 / self.current_scale, 0.0, 0.0, amperes / self.current_scale)

    def hold_voltage(self, volts: float) -> None:
        """V = volts."""
        self._set(0.0, 1.0 / self.voltage_scale, 0.0, volts / self.voltage_scale)

    def hold_power(self, watts: float) -> None:
        """V I = watts; positive power is drawn from the cell."""
        scale = self.current_scale * self.voltage_scale
        self._set(0.0, 0.0, 1.0 / scale, watts / scale)

    def hold_resistance(self, ohms: float) -> None:
        """V = R I: a resistor between the terminals; a negative one charges."""
        if ohms == 0.0:
            raise InputError("The load resistance must not be zero; hold 0 V instead.")
        self._set(-ohms / self.voltage_scale, 1.0 / self.voltage_scale, 0.0, 0.0)

    def _set(self, a_current: float, a_voltage: float, a_power: float, setpoint: float) -> None:
        self.a_current.value, self.a_voltage.value = a_current, a_voltage
        self.a_power.value, self.setpoint.value = a_power, setpoint


class BlockMethod(Enum):
    """How a block preconditioner treats a group of fields."""

    MULTIGRID = "multigrid"
    POINTWISE = "pointwise"
    """The unknowns of one node touch each other and no others, as in the particles of averaged electrodes."""
    SEPARATING = "separating"
    """Concentration and chemical potential, in this order: a saddle, whose Schur complement is a product of two
    operators that multigrid takes (`solvers/separating.py`)."""


@dataclass(frozen=True, eq=False)
class Block:
    """Fields that a block preconditioner treats together.

    Attributes:
        names: of the fields.
        method: what suits their matrix.
        near_null_space: vectors that the operator nearly annihilates, beside constants: owned values of the block on
            this rank, each of shape (unknowns,). For rigid bodies.
    """

    names: tuple[str, ...]
    method: BlockMethod = BlockMethod.MULTIGRID
    near_null_space: Callable[[], tuple[np.ndarray, ...]] | None = None


@dataclass(frozen=True, eq=False)
class System:
    """Fields, what they store, what flows, and what is asked of them.

    Attributes:
        mesh: the mesh that all integrals run over.
        fields: the unknowns, in block order.
        storage: M(u; v), one UFL form over all test functions.
        residual: F(u, t; v), likewise.
        bcs: Dirichlet conditions: the unknown keeps the value that it starts with.
        blocks: groups of fields that a block preconditioner treats together, in its order.
        control: the terminals' equation; a system without one can only be left to itself ("Rest for 1 hour").
        observables: functionals by name.
        balances: conservation laws to audit.
        falling: observable that can only fall, as the free energy of a closed body -> size of the terms that it is the
            sum of, which may cancel; a step in which one rises by more than rounding is cut.
        exports: fields as people want to see them.
        entity_maps: for forms that mix the mesh and its submeshes.
        initialise: sets every field to its initial value; potentials are a first guess.
        label: what the messages call it.
        digest: fingerprint of mesh and layout, which a checkpoint must match.
        facts: what the summary tells of the model, e.g. capacities.
        parameters: numbers by name that can change without a new compilation.
        groups: names of the fields that belong together, e.g. those of one balance law: what a coupling strategy
            solves in turn unless it is told otherwise. None: all of them.
        frozen: fields of a larger system that stand in the forms as coefficients.
    """

    mesh: mesh.Mesh
    fields: tuple[Field, ...]
    storage: ufl.Form
    residual: ufl.Form
    bcs: tuple[fem.DirichletBC, ...] = ()
    blocks: tuple[Block, ...] = ()
    control: TerminalControl | None = None
    observables: tuple[Observable, ...] = ()
    balances: tuple[Balance, ...] = ()
    falling: Mapping[str, float] = field(default_factory=dict)
    exports: tuple[Export, ...] = ()
    entity_maps: tuple[mesh.EntityMap, ...] = ()
    initialise: Callable[[], None] = lambda: None
    label: str = "system"
    digest: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    groups: tuple[tuple[str, ...], ...] = ()
    frozen: tuple[Field, ...] = ()

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, self.label, f"fields {names(f.name for f in self.fields)}", f"{self.size()} unknowns")

    def field(self, name: str) -> Field:
        """The unknown of that name; KeyError if there is none."""
        return next(f for f in self.fields if f.name == name)

    def size(self) -> int:
        """Number of unknowns over all ranks."""
        return sum(f.size for f in self.fields)

    def part(self, names: Collection[str]) -> "System":
        """The equations of some fields alone; the others are coefficients that stay as they are.

        What is asked of the whole (control, observables, balances, exports) stays with the whole.
        """
        fields = tuple(f for f in self.fields if f.name in names)
        spaces = [f.function.function_space for f in fields]
        blocks = [
            b if kept == b.names else Block(kept)
            for b in self.blocks
            if (kept := tuple(n for n in b.names if n in names))
        ]
        return System(
            mesh=self.mesh,
            fields=fields,
            storage=_summed(equations(self.storage, fields)),
            residual=_summed(equations(self.residual, fields)),
            bcs=tuple(bc for bc in self.bcs if any(V._cpp_object.contains(bc.function_space) for V in spaces)),
            blocks=tuple(blocks),
            entity_maps=self.entity_maps,
            label=f"{self.label} ({', '.join(f.name for f in fields)})",
            digest=self.digest,
            frozen=(*self.frozen, *[f for f in self.fields if f.name not in names]),
        )

    def __add__(self, other: "System") -> "System":
        """Both systems as one; in the equation of a field that they share, what is stored and what flows adds up.

        A field of the one may stand in the forms of the other. Fields of one name are the same unknown: one function,
        whose equation both scale alike. What only falls in one of the systems (`falling`) may rise in both together,
        and is not watched.

        Raises:
            InputError: the systems have different meshes, two controls, or two unknowns of one name.
        """
        here, there = {f.name: f for f in self.fields}, {f.name: f for f in other.fields}
        twice = [n for n in here if n in there and here[n].function is not there[n].function]
        if self.mesh is not other.mesh:
            raise InputError(f"The {self.label} and the {other.label} live on different meshes; build both on one.")
        if self.control is not None and other.control is not None:
            raise InputError(f"The {self.label} and the {other.label} both have terminals; a system has one control.")
        if twice:
            raise InputError(
                f"The {self.label} and the {other.label} both have a field '{twice[0]}', but not the same unknown; "
                "give both the same function, or one of them another name."
            )
        fields = tuple(({**there, **here})[name] for name in {**here, **there})
        tests = ufl.TestFunctions(ufl.MixedFunctionSpace(*[f.function.function_space for f in fields]))
        new = {f.name: v for f, v in zip(fields, tests, strict=True)}

        def initialise() -> None:
            self.initialise()
            other.initialise()

        def renamed(system: System, form: Any) -> Any:
            return ufl.replace(form, {argument(f): new[f.name] for f in system.fields})

        owner = {**dict.fromkeys(there, other), **dict.fromkeys(here, self)}
        known = {f.function for f in fields}
        stored = {f.name for f in (*self.fields, *other.fields) if f.stored}
        return System(
            mesh=self.mesh,
            fields=tuple(replace(f, test=renamed(owner[f.name], f.test), stored=f.name in stored) for f in fields),
            storage=renamed(self, self.storage) + renamed(other, other.storage),
            residual=renamed(self, self.residual) + renamed(other, other.residual),
            bcs=self.bcs + other.bcs,
            blocks=self.blocks + tuple(b for b in other.blocks if b not in self.blocks),
            control=self.control or other.control,
            observables=self.observables + other.observables,
            balances=self.balances + other.balances,
            exports=self.exports + other.exports,
            entity_maps=tuple({id(m): m for m in self.entity_maps + other.entity_maps}.values()),
            initialise=initialise,
            label=f"{self.label} + {other.label}",
            digest=f"{self.digest} + {other.digest}",
            facts={**self.facts, **other.facts},
            parameters={**self.parameters, **other.parameters},
            groups=_disjoint((*(self.groups or (tuple(here),)), *(other.groups or (tuple(there),)))),
            frozen=tuple(f for f in self.frozen + other.frozen if f.function not in known),
        )


def argument(field: Field) -> Any:
    """The test function of a field, without its scale."""
    (found,) = ufl.algorithms.extract_arguments(field.test)
    return found


def equations(form: ufl.Form, fields: Sequence[Field]) -> dict[str, ufl.Form]:
    """A form over many test functions, taken apart by field; a field in whose equation it has no term is left out."""
    blocks = () if form.empty() else ufl.extract_blocks(form)
    tested = {b.arguments()[0].part(): b for b in blocks if b is not None and not b.empty()}
    return {f.name: tested[p] for f in fields if (p := argument(f).part()) in tested}


def _summed(parts: Mapping[str, ufl.Form]) -> ufl.Form:
    return sum(parts.values(), ufl.Form([]))


def _disjoint(groups: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The groups without what an earlier one holds, without empty ones."""
    taken: set[str] = set()
    found = []
    for group in groups:
        if kept := tuple(n for n in group if n not in taken):
            found.append(kept)
        taken |= set(kept)
    return tuple(found)


def unknowns(model: Any) -> str:
    """The unknowns of a model for its representation; "" until its system is built, which takes long."""
    system = vars(model).get("system")
    return f"{system.size()} unknowns" if system is not None else ""
