"""What one part of a cell adds to the system; parts add up."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import ufl
from dolfinx import fem

from femcell.system import Balance, Block, Export, Observable


@dataclass(frozen=True, eq=False)
class Terms:
    """Forms, observables and audits of one part.

    Attributes:
        storage: contributions to M(u; v).
        residual: contributions to F(u; v).
        observables: functionals to be reported.
        balances: conservation laws that concern this part alone.
        lithium: names of the observables that hold lithium.
        lithium_inflow: observables that bring lithium in from outside of the audit, with their factors.
        bcs: Dirichlet conditions.
    """

    storage: tuple[ufl.Form, ...] = ()
    residual: tuple[ufl.Form, ...] = ()
    observables: tuple[Observable, ...] = ()
    balances: tuple[Balance, ...] = ()
    lithium: tuple[str, ...] = ()
    lithium_inflow: Mapping[str, float] = field(default_factory=dict)
    bcs: tuple[fem.DirichletBC, ...] = ()

    def __add__(self, other: "Terms") -> "Terms":
        """Both parts together."""
        return Terms(
            self.storage + other.storage,
            self.residual + other.residual,
            self.observables + other.observables,
            self.balances + other.balances,
            self.lithium + other.lithium,
            {**self.lithium_inflow, **other.lithium_inflow},
            self.bcs + other.bcs,
        )


@dataclass(frozen=True, eq=False)
class Addition:
    """What a balance law adds to the system of a cell.

    Attributes:
        terms: forms, observables, audits, conditions.
        blocks: how its fields are preconditioned.
        exports: fields that people want to see.
    """

    terms: Terms = field(default_factory=Terms)
    blocks: tuple[Block, ...] = ()
    exports: tuple[Export, ...] = ()
