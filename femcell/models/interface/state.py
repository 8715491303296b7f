"""What a rate law sees of the interface that it acts on."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from femcell.models.core import Space
from femcell.models.electrode.host import HostState
from femcell.models.electrolyte.state import ElectrolyteState


@dataclass(frozen=True, eq=False)
class InterfaceState:
    """One point of an interface, resolved or averaged; see `materials.reaction.Interface`.

    Attributes:
        space: where parameters are kept.
        name: of what the reaction belongs to, which its parameters are called by.
        jump: potential of the solid over that of the electrolyte beyond any film, V.
        temperature: K.
        electrolyte: beside it.
        host: behind it; None where the solid hosts no lithium.
        thicknesses: film -> m.
    """

    space: Space
    name: str
    jump: Any
    temperature: Any
    electrolyte: ElectrolyteState
    host: HostState | None = None
    thicknesses: Mapping[str, Any] = field(default_factory=dict)

    @property
    def concentrations(self) -> Mapping[str, Any]:
        """Dissolved species -> mol/m3."""
        return self.electrolyte.concentrations

    @property
    def salt(self) -> Any:
        """Concentration of salt, mol/m3."""
        return self.electrolyte.salt

    @property
    def surface(self) -> Any:
        """Concentration of lithium in the host, mol/m3."""
        return None if self.host is None else self.host.concentration

    @property
    def maximum(self) -> Any:
        """Concentration of a full host, mol/m3."""
        return None if self.host is None else self.host.maximum

    @property
    def equilibrium(self) -> Any:
        """Potential of insertion against lithium, V."""
        return None if self.host is None else self.host.equilibrium(self.temperature)

    def constant(self, value: float) -> Any:
        """A number of a rate law that no sweep changes; another value compiles nothing."""
        return self.space.constant(value)

    def number(self, owner: Any, prop: str) -> Any:
        """A number of a material as the parameter `<name>.<prop>`."""
        return self.space.number(self.name, owner, prop)

    def law(self, owner: Any, prop: str, *arguments: Any) -> Any:
        """A property of a material at `arguments`; see `Space.law`."""
        return self.space.law(self.name, owner, prop, *arguments)

    def called(self, name: str) -> "InterfaceState":
        """The same point, for a reaction whose parameters have another name."""
        return replace(self, name=name)

    def at(self, temperature: Any) -> "InterfaceState":
        """The same point at another temperature."""
        return replace(self, temperature=temperature)
