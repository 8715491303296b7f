"""A published cell: its materials, and the nominal geometry they were reported with."""

from dataclasses import dataclass

from femcell.errors import InputError
from femcell.materials._checks import require_number, require_text
from femcell.materials.active import ActiveMaterial
from femcell.materials.electrolyte import Electrolyte
from femcell.materials.porous import PorousSeparator


@dataclass(frozen=True, kw_only=True)
class Electrode:
    """A porous electrode as homogenised models see it: spheres of one radius in a layer.

    Attributes:
        active: the material of the spheres.
        thickness: of the layer, m.
        porosity: volume of electrolyte per volume.
        active_fraction: volume of active material per volume.
        particle_radius: m.
        bruggeman_electrolyte: exponent b of the pores' transport factor, porosity^b.
        bruggeman_solid: exponent b of the electronic transport factor, active_fraction^b; 0 where the
            conductivity of the active material was measured on the whole electrode.

    Raises:
        InputError: a value is out of its bounds, or the fractions add up to more than 1.
    """

    active: ActiveMaterial
    thickness: float
    porosity: float
    active_fraction: float
    particle_radius: float
    bruggeman_electrolyte: float = 1.5
    bruggeman_solid: float = 1.5

    def __post_init__(self) -> None:
        """Check every value."""
        owner = f"electrode of {self.active.name!r}"
        require_number(owner, "thickness", self.thickness, "m", above=0)
        require_number(owner, "particle_radius", self.particle_radius, "m", above=0)
        for field in ("porosity", "active_fraction"):
            require_number(owner, field, getattr(self, field), "1 (volume per volume)", above=0, below=1)
        for field in ("bruggeman_electrolyte", "bruggeman_solid"):
            require_number(owner, field, getattr(self, field), "1", at_least=0)
        if self.porosity + self.active_fraction > 1 + 1e-12:
            total = self.porosity + self.active_fraction
            raise InputError(f"{owner}: porosity and active_fraction add up to {total:g}; make it 1 or less.")

    @property
    def electrolyte_transport_factor(self) -> float:
        """Effective over bulk transport in the pores."""
        return self.porosity**self.bruggeman_electrolyte

    @property
    def solid_transport_factor(self) -> float:
        """Effective over bulk electronic conduction."""
        return self.active_fraction**self.bruggeman_solid

    @property
    def specific_surface(self) -> float:
        """Surface of the spheres per volume of electrode, 1/m: 3 active_fraction / radius."""
        return 3 * self.active_fraction / self.particle_radius

    @property
    def areal_capacity(self) -> float:
        """Charge within the window per area of electrode, C/m2."""
        return self.active.volumetric_capacity * self.active_fraction * self.thickness


@dataclass(frozen=True, kw_only=True)
class Cell:
    """The parameters of a published cell.

    Attributes:
        name: what messages and results call it.
        electrolyte: fills all pores.
        negative: the electrode that is oxidised on discharge.
        separator: between the two.
        positive: the electrode that is reduced on discharge.
        separator_thickness: m.
        area: of the electrodes facing each other, m2.
        nominal_ampere_hours: capacity behind C-rates, A h.
        lower_voltage: end of discharge, V.
        upper_voltage: end of charge, V.
        source: where the numbers are from.

    Raises:
        InputError: a value is not of its kind or out of its bounds.
    """

    name: str
    electrolyte: Electrolyte
    negative: Electrode
    separator: PorousSeparator
    positive: Electrode
    separator_thickness: float
    area: float
    nominal_ampere_hours: float
    lower_voltage: float
    upper_voltage: float
    source: str

    def __post_init__(self) -> None:
        """Check every value."""
        require_text("cell", "name", self.name)
        owner = f"cell {self.name!r}"
        require_text(owner, "source", self.source)
        require_number(owner, "separator_thickness", self.separator_thickness, "m", above=0)
        require_number(owner, "area", self.area, "m2", above=0)
        require_number(owner, "nominal_ampere_hours", self.nominal_ampere_hours, "A h", above=0)
        require_number(owner, "lower_voltage", self.lower_voltage, "V")
        require_number(owner, "upper_voltage", self.upper_voltage, "V", above=self.lower_voltage)
