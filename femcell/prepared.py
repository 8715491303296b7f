"""A model made ready to run: forms compiled, solver set up."""

import difflib
import gc
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from petsc4py import PETSc

from femcell.checks import is_number
from femcell.errors import InputError
from femcell.kinds import arguments_of_their_kind
from femcell.reprs import angled
from femcell.solvers.coupling import Monolithic, Strategy, require_strategy
from femcell.solvers.discrete import Clock, Discrete
from femcell.solvers.settings import SolverSettings
from femcell.solvers.stepper import Solver
from femcell.system import System


@runtime_checkable
class Model(Protocol):
    """What a run needs of any model."""

    @property
    def system(self) -> System:
        """The semi-discrete system."""


@runtime_checkable
class Cell(Model, Protocol):
    """A model with terminals."""

    @property
    def c_rate_capacity_Ah(self) -> float:
        """What C-rates refer to, A h."""

    @property
    def voltage_window(self) -> tuple[float, float]:
        """Voltages that the open cell can have, V."""


@dataclass(frozen=True, eq=False)
class Prepared:
    """A model whose forms are compiled and whose solver is set up: for runs one after the other.

    Attributes:
        model: what is simulated.
        discrete: its compiled system.
        newton: its solver.
        coupling: how its fields are coupled in the solve.
    """

    model: Model
    discrete: Discrete
    newton: Solver
    coupling: Strategy

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(self, self.system.label, f"{self.system.size()} unknowns", type(self.coupling).__name__)

    @property
    def system(self) -> System:
        """The semi-discrete system."""
        return self.model.system

    @property
    def parameters(self) -> Mapping[str, float]:
        """Numbers that `change` can give another value, in SI; laws have a factor of 1."""
        return {name: float(constant.value) for name, constant in self.system.parameters.items()}

    def change(self, **values: float) -> None:
        """Give parameters other values, without a new compilation: `change(**{"positive.diffusivity": 5e-15})`.

        Raises:
            InputError: there is no such parameter, or the model would not have been made with this value; nothing
                is changed then.
        """
        for name, value in values.items():
            if name not in self.system.parameters:
                close = difflib.get_close_matches(name, self.system.parameters, n=1)
                hint = f"did you mean '{close[0]}'?" if close else f"it has {', '.join(self.system.parameters)}."
                raise InputError(f"The {self.system.label} has no parameter '{name}'; {hint}")
            if not (is_number(value) and math.isfinite(value)):
                raise InputError(f"Parameter '{name}' must be a finite number, not {value!r}.")
            try:
                self.system.parameters[name].check(float(value))
            except InputError as error:
                raise InputError(f"Parameter '{name}': {error}") from None
        for name, value in values.items():
            self.system.parameters[name].value = float(value)


@arguments_of_their_kind(apart=("coupling",))
def prepare(model: Model, solver: SolverSettings | None = None, coupling: Strategy | None = None) -> Prepared:
    """Compile a model and set its solver up, so that `simulate` can run it many times; collective.

    Args:
        model: e.g. a `ResolvedCell` or a `DFN`.
        solver: Newton and linear solver.
        coupling: `Monolithic()` if left out, or `Staggered`, `Lie`, `Strang` over groups of its fields.

    Raises:
        InputError: the model or the coupling is at fault.
    """
    strategy = Monolithic() if coupling is None else coupling
    require_strategy(strategy)
    # What earlier runs of this process left is freed on all ranks at the same place, as MPI asks.
    gc.collect()
    PETSc.garbage_cleanup(model.system.mesh.comm)
    discrete = Discrete(model.system, Clock())
    return Prepared(model, discrete, strategy.solver(discrete, solver or SolverSettings()), strategy)
