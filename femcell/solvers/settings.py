"""What a user may choose about the solve; frozen, bounded, with the defaults that the benchmarks support."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from femcell.checks import require_number, require_whole
from femcell.errors import InputError
from femcell.kinds import require_fields
from femcell.solvers.petsc_options import require_safe


class LinearSolver(Enum):
    """How the Newton systems are solved."""

    AUTO = "auto"
    DIRECT = "direct"
    ITERATIVE = "iterative"


@dataclass(frozen=True)
class SolverSettings:
    """Nonlinear and linear solver.

    Attributes:
        linear: direct (MUMPS), iterative (FGMRES with block multigrid), or chosen by size and dimension.
        residual_tolerance: sum of all local imbalances over the reference current at which Newton stops.
        max_iterations: Newton iterations before a step is cut.
        petsc: PETSc options without prefix, e.g. {"ksp_rtol": "1e-6"}; an option that nothing used is
            reported, one that reads or writes files, opens windows or loads code is refused. Monitors print to the
            terminal: {"ksp_monitor": True}.
    """

    linear: LinearSolver = LinearSolver.AUTO
    residual_tolerance: float = 1e-10
    max_iterations: int = 15
    petsc: Mapping[str, str | float | int | bool | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Check kinds and ranges; InputError."""
        require_fields(self)
        require_safe(self.petsc)
        _between("residual_tolerance", self.residual_tolerance, 1e-14, 1e-4)
        require_whole("Setting max_iterations", self.max_iterations)
        _between("max_iterations", self.max_iterations, 2, 1000)


@dataclass(frozen=True)
class TimeSettings:
    """Adaptive time stepping.

    Attributes:
        tolerance: local error per step over the scale of each field (c_max, initial c_e, 1 V).
        max_order: highest order of the backward differentiation formula, 1 to 5.
        first_step: s; after every jump of the control.
        max_step: s.
        min_step: s; a step cut below it ends the run.
        event_tolerance: V or, relative to the current scale, A: how exactly limits are hit.
        audit_bound: share of its flow, or of what the reference current carries, by which a balance may be off in any
            step; a step with one that is off further is cut.
    """

    tolerance: float = 5e-5
    max_order: int = 4
    first_step: float = 1e-2
    max_step: float = math.inf
    min_step: float = 1e-9
    event_tolerance: float = 1e-8
    audit_bound: float = 1e-8

    def __post_init__(self) -> None:
        """Check the ranges; InputError."""
        require_fields(self)
        _between("tolerance", self.tolerance, 1e-10, 0.1)
        require_whole("Setting max_order", self.max_order)
        _between("max_order", self.max_order, 1, 5)
        _between("first_step", self.first_step, 1e-12, 1e6)
        _between("max_step", self.max_step, 1e-9, math.inf)
        _between("min_step", self.min_step, 1e-15, 1.0)
        _between("event_tolerance", self.event_tolerance, 1e-12, 1e-3)
        _between("audit_bound", self.audit_bound, 1e-12, 1.0)
        for name in ("max_step", "first_step"):
            if self.min_step >= getattr(self, name):
                raise InputError(f"{name} must be larger than min_step.")


def _between(name: str, value: float, least: float, most: float) -> None:
    require_number(f"Setting {name}", value)
    if not least <= value <= most:
        raise InputError(f"Setting {name} must lie between {least:g} and {most:g}, not {value:g}.")
