"""What a body is made of where heat is concerned, and how it exchanges heat with what surrounds it."""

from collections.abc import Iterable
from dataclasses import dataclass

from femcell.checks import is_number
from femcell.errors import InputError
from femcell.materials._checks import require_number, require_text
from femcell.reprs import angled

CELSIUS_SUSPECTED = 150.0
"""K; no cell is used this cold: a lower number was most likely meant in degrees Celsius."""

HOTTEST = 3000.0
"""K; above it nothing of a cell is left."""


def require_temperature(place: str, kelvin: float) -> None:
    """Raise InputError unless `kelvin` is a temperature that a cell, whole or burning, can have."""
    if not is_number(kelvin):
        raise InputError(f"{place} must be a number in kelvin, not {kelvin!r}.")
    if not 0.0 < kelvin <= HOTTEST:
        raise InputError(f"{place} must be a temperature above 0 K and up to {HOTTEST:g} K, not {kelvin!r} K.")
    if kelvin < CELSIUS_SUSPECTED:
        raise InputError(
            f"{place} is {kelvin:g} K, which looks like degrees Celsius; give kelvin ({kelvin + 273.15:g} K?)."
        )


@dataclass(frozen=True, kw_only=True)
class Thermal:
    """Heat capacity and conductivity of one layer or body.

    Attributes:
        name: what messages call it.
        density: kg/m3.
        heat_capacity: specific, J/(kg K).
        conductivity: W/(m K); one number, or one for each axis of the mesh where the body is orthotropic.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    density: float
    heat_capacity: float
    conductivity: float | tuple[float, ...]
    source: str

    def __repr__(self) -> str:
        """Short, with units."""
        return angled(
            self,
            self.name,
            f"{self.density:g} kg/m3",
            f"{self.heat_capacity:g} J/(kg K)",
            f"{self.conductivity} W/(m K)",
        )

    def __post_init__(self) -> None:
        """Check every value."""
        require_text("thermal material", "name", self.name)
        owner = f"thermal material {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "density", self.density, "kg/m3", above=0)
        require_number(owner, "heat_capacity", self.heat_capacity, "J/(kg K)", above=0)
        for k in self.conductivity if isinstance(self.conductivity, tuple) else (self.conductivity,):
            require_number(owner, "conductivity", k, "W/(m K)", above=0)

    @property
    def volumetric_heat_capacity(self) -> float:
        """Density times specific heat capacity, J/(m3 K)."""
        return self.density * self.heat_capacity

    def along(self, dim: int) -> tuple[float, ...]:
        """Conductivity along the axes of a mesh of `dim` dimensions, W/(m K).

        Raises:
            InputError: there is not one value for each axis.
        """
        if not isinstance(self.conductivity, tuple):
            return (self.conductivity,) * dim
        if len(self.conductivity) != dim:
            raise InputError(
                f"thermal material {self.name!r}: conductivity has {len(self.conductivity)} values, but the mesh "
                f"has {dim} axes; give one for each axis."
            )
        return self.conductivity


@dataclass(frozen=True)
class Convection:
    """A surface that loses h (T - T_ambient): free or forced air, a cooled tab, a cold plate.

    Attributes:
        coefficient: h, W/(m2 K).
        ambient: K; left out, that of the whole model.

    Raises:
        InputError: a value is out of its range.
    """

    coefficient: float
    ambient: float | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        require_number("convection", "coefficient", self.coefficient, "W/(m2 K)", above=0)
        if self.ambient is not None:
            require_temperature("The ambient of a convective surface", self.ambient)


@dataclass(frozen=True)
class Radiation:
    """A surface that loses e sigma (T^4 - T_ambient^4).

    Attributes:
        emissivity: e, between 0 and 1.
        ambient: K; left out, that of the whole model.

    Raises:
        InputError: a value is out of its range.
    """

    emissivity: float
    ambient: float | None = None

    def __post_init__(self) -> None:
        """Check the values."""
        require_number("radiation", "emissivity", self.emissivity, "1", above=0, at_most=1)
        if self.ambient is not None:
            require_temperature("The ambient of a radiating surface", self.ambient)


@dataclass(frozen=True)
class FixedTemperature:
    """A surface that is held at a temperature.

    Attributes:
        kelvin: K.

    Raises:
        InputError: no temperature.
    """

    kelvin: float

    def __post_init__(self) -> None:
        """Check the value."""
        require_temperature("A fixed temperature", self.kelvin)


SurfaceLaw = Convection | Radiation | FixedTemperature


def require_one_of_each(place: str, laws: Iterable[SurfaceLaw]) -> None:
    """Raise InputError where one place has two laws of a kind: their numbers would share a name."""
    kinds = [type(law) for law in laws]
    for kind in kinds:
        if kinds.count(kind) > 1:
            raise InputError(f"{place} has two laws of {kind.__name__.lower()}; add them up to one.")


@dataclass(frozen=True)
class Exchange:
    """What a lumped body loses: all of its surface at one temperature.

    Attributes:
        area: m2.
        laws: convection, radiation, or both.

    Raises:
        InputError: a value is out of its range, or there are two laws of one kind.
    """

    area: float
    laws: tuple[Convection | Radiation, ...]

    def __post_init__(self) -> None:
        """Check the values."""
        require_number("heat exchange", "area", self.area, "m2", above=0)
        laws: object = self.laws
        if not (isinstance(laws, tuple) and all(isinstance(law, Convection | Radiation) for law in laws)):
            raise InputError("The laws of a heat exchange are a tuple of convection and radiation.")
        if not laws:
            raise InputError("A heat exchange without a law exchanges nothing; give it convection or radiation.")
        require_one_of_each("A heat exchange", laws)
