"""From the table [heat] of a study to what makes the temperature of a cell an unknown."""

from pydantic import Field

from femcell.errors import InputError
from femcell.materials.thermal import Convection, Exchange, FixedTemperature, Radiation, SurfaceLaw, Thermal
from femcell.models import Heat, LumpedHeat
from femcell.study.libraries import at
from femcell.study.strict import Strict

SOURCE = "given in the study"


class ThermalTable(Strict):
    """The tables [heat.regions.NAME]; see Thermal."""

    density: float = Field(description="kg/m3")
    heat_capacity: float = Field(description="specific, J/(kg K)")
    conductivity: float | list[float] = Field(description="W/(m K); a list has one value for each axis")


class SurfaceTable(Strict):
    """The tables [heat.surfaces.NAME]: convection, radiation or both, or a fixed temperature."""

    convection: float | None = Field(None, description="h, W/(m2 K)")
    emissivity: float | None = Field(None, description="between 0 and 1")
    ambient_K: float | None = Field(None, description="K; left out, that of [heat]")
    temperature_K: float | None = Field(None, description="held, K")


class HeatTable(Strict):
    """The table [heat]: one temperature (heat_capacity), or a field (regions)."""

    heat_capacity: float | None = Field(None, description="of the cell, J/K: one temperature for all of it")
    area: float | None = Field(None, description="that exchanges heat where there is one temperature, m2")
    convection: float | None = Field(None, description="h on that area, W/(m2 K)")
    emissivity: float | None = Field(None, description="of that area")
    ambient_K: float | None = Field(None, description="K")
    regions: dict[str, ThermalTable] = Field(default_factory=dict, description="thermal data of every region")
    surfaces: dict[str, SurfaceTable] = Field(default_factory=dict, description="cooled or held surfaces")


def heat_of(table: HeatTable | None) -> Heat | LumpedHeat | None:
    """What the table says; None without one.

    Raises:
        InputError: a value is out of range, or the table mixes one temperature with a field.
    """
    if table is None:
        return None
    with at("[heat]"):
        if (table.heat_capacity is None) == (not table.regions):
            raise InputError("give either heat_capacity (one temperature) or tables [heat.regions.NAME] (a field).")
        lumped = [k for k in ("area", "convection", "emissivity") if getattr(table, k) is not None]
        if table.heat_capacity is None:
            if lumped:
                raise InputError(f"{lumped[0]} is of one temperature; give it to a surface.")
            return Heat(_regions(table), _surfaces(table), table.ambient_K)
        if table.surfaces:
            raise InputError("surfaces are of a field of temperatures; give area, convection and emissivity instead.")
        laws = _laws(table.convection, table.emissivity, None)
        if (table.area is None) != (not laws):
            raise InputError("area goes with convection or emissivity; give both or neither.")
        exchange = None if table.area is None else Exchange(table.area, laws)
        return LumpedHeat(table.heat_capacity, exchange, table.ambient_K)


def _laws(
    convection: float | None, emissivity: float | None, ambient: float | None
) -> tuple[Convection | Radiation, ...]:
    laws: list[Convection | Radiation] = []
    if convection is not None:
        laws.append(Convection(convection, ambient))
    if emissivity is not None:
        laws.append(Radiation(emissivity, ambient))
    return tuple(laws)


def _regions(table: HeatTable) -> dict[str, Thermal]:
    return {
        name: Thermal(
            name=name,
            density=t.density,
            heat_capacity=t.heat_capacity,
            conductivity=tuple(t.conductivity) if isinstance(t.conductivity, list) else t.conductivity,
            source=SOURCE,
        )
        for name, t in table.regions.items()
    }


def _surfaces(table: HeatTable) -> dict[str, tuple[SurfaceLaw, ...]]:
    found: dict[str, tuple[SurfaceLaw, ...]] = {}
    for name, t in table.surfaces.items():
        with at(f"surfaces.{name}"):
            laws = _laws(t.convection, t.emissivity, t.ambient_K)
            if (t.temperature_K is None) == (not laws):
                raise InputError("give either temperature_K, or convection and emissivity or one of them.")
            if t.temperature_K is not None and t.ambient_K is not None:
                raise InputError("a surface held at temperature_K has no ambient_K; leave it out.")
            found[name] = laws if t.temperature_K is None else (FixedTemperature(t.temperature_K),)
    return found
