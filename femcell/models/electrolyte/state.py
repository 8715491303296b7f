"""What an electrolyte law offers to the interfaces beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from femcell.models.core import Law, Space
from femcell.models.layout.layout import Layout
from femcell.models.layout.reference import Reference

LITHIUM_ION = "Li+"


@dataclass(frozen=True, eq=False)
class ElectrolyteState:
    """An electrolyte at a point of an interface, or of a volume-averaged electrode.

    Attributes:
        potential: phi_e, V, as a lithium reference electrode would show it.
        charge_test: scaled test function of the charge balance.
        concentrations: species -> mol/m3.
        tests: species -> scaled test function of its balance.
        salt: the concentration of salt that kinetics are given, mol/m3.
    """

    potential: Any
    charge_test: Any
    concentrations: Mapping[str, Any]
    tests: Mapping[str, Any]
    salt: Any


class ElectrolyteLaw(Law, Protocol):
    """An ionic law, in a cell or on its own."""

    def at(self, space: Space, side: str | None = None) -> ElectrolyteState:
        """Its state on one side of an interface, `+` or `-`; None in a volume or on a boundary."""

    def current_density(self, space: Space) -> Any:
        """Ionic current density i_e, A/m2."""


@runtime_checkable
class Ionic(Protocol):
    """An electrolyte that brings a law of its own, in place of the data of a binary one."""

    def law(self, layout: Layout, reference: Reference, initial_potential: Callable[[float], float]) -> ElectrolyteLaw:
        """Its law in the pores of a cell.

        Args:
            layout: the pores and separators.
            reference: what residuals are judged by.
            initial_potential: temperature (K) -> phi_e at rest, V.
        """
