"""How a cell is held at its ends."""

from dataclasses import dataclass, field
from typing import Any

from dolfinx import fem, mesh

from femcell.kinds import require_fields
from femcell.materials import LithiumMetal as LithiumKinetics
from femcell.materials import library
from femcell.materials._checks import require_number
from femcell.system import TerminalControl


@dataclass(frozen=True)
class Equipotential:
    """A terminal of one potential: a well-conducting tab or foil face. Its current finds its own way.

    Attributes:
        surface: of the mesh.
        contact_resistance: between that surface, as one, and the terminal, Ohm m2: of a clamp, a weld.

    Raises:
        InputError: the resistance is negative.
    """

    surface: str
    contact_resistance: float = 0.0

    def __post_init__(self) -> None:
        """Check the resistance."""
        require_fields(self, "surface")
        owner = f"terminal '{self.surface}'"
        require_number(owner, "contact_resistance", self.contact_resistance, "Ohm m2", at_least=0)


@dataclass(frozen=True)
class UniformCurrent:
    """A terminal with the same current density all over; its voltage is the mean potential of the surface."""

    surface: str

    def __post_init__(self) -> None:
        """Check the kinds; InputError."""
        require_fields(self)


@dataclass(frozen=True)
class LithiumMetal:
    """A lithium-metal counter electrode: a surface of the electrolyte at potential 0, with its kinetics."""

    surface: str
    material: LithiumKinetics = field(default_factory=library.lithium_metal)

    def __post_init__(self) -> None:
        """Check the kinds; InputError."""
        require_fields(self)


Terminal = Equipotential | UniformCurrent


def control_law(body: mesh.Mesh, voltage: Any, current: Any, current_scale: float) -> tuple[TerminalControl, Any]:
    """The terminals' equation a_I I + a_V V + a_P V I - s, which is to be zero, and the coefficients that hold it."""
    a_I, a_V, a_P, setpoint = (fem.Constant(body, value) for value in (1.0 / current_scale, 0.0, 0.0, 0.0))
    control = TerminalControl(a_I, a_V, a_P, setpoint, current_scale)
    law = control.a_current * current + control.a_voltage * voltage + control.a_power * voltage * current
    return control, law - control.setpoint
