"""What a bridge found, in words, numbers and tables."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from femcell.bridge.difference import voltage_at
from femcell.bridge.microstructure import ElectrodeNumbers
from femcell.bridge.run import Averaged, Bridge, rate
from femcell.materials import Electrode

MV = 1e3


def lines(bridge: Bridge) -> list[str]:
    """Microstructure and ladder."""
    said = []
    for place, found in enumerate(bridge.found.electrodes):
        said += _numbers(found, _porous(bridge.averaged[0], place), _porous(bridge.averaged[-1], place))
    said.append(f"capacity of both models differs by {bridge.capacity:.1e}")
    said.append("homogenised - resolved       mean           rms       largest   ends later by   mean changes by")
    before: Averaged | None = None
    for step in bridge.averaged:
        d = step.difference
        change = f"   {MV * (d.mean - before.difference.mean):+14.3f} mV" if before else ""
        said.append(
            f"  {step.rung.name:<20} {MV * d.mean:>8.3f} mV {MV * d.rms:>10.3f} mV {MV * d.largest:>10.3f} mV "
            f"{100 * d.end:>13.3f} %{change}"
        )
        before = step
    return said


def scale_lines(bridges: Mapping[int, Bridge]) -> list[str]:
    """The difference against the size of the particles: of the first rung and of the last."""
    said = ["particles smaller by      radius   textbook mean  measured mean           rms   ends later by"]
    for times, found in bridges.items():
        radius = found.found.electrodes[-1].particles[0].sauter_radius
        first, last = (found.averaged[i].difference for i in (0, -1))
        said.append(
            f"  {times:>18d} {1e6 * radius:>8.4g} um {MV * first.mean:>12.3f} mV {MV * last.mean:>11.3f} mV "
            f"{MV * last.rms:>10.3f} mV {100 * last.end:>13.3f} %"
        )
    if len(bridges) > 1:
        said.append(f"the measured mean falls with the size of the particles to the power of {rate(bridges):.2f}")
    return said


def content(bridges: Mapping[int, Bridge]) -> dict[str, Any]:
    """All numbers in SI, for JSON; those of the cell as it is, and of smaller particles beside it."""
    found = _content(bridges[1])
    if len(bridges) > 1:
        found["scales"] = [{"times_smaller": times, **_content(b)} for times, b in bridges.items()]
        found["rate"] = rate(bridges)
    return found


def table(bridge: Bridge) -> dict[str, npt.NDArray[np.float64]]:
    """Columns over the rows of the resolved run; nan where the step of another run has ended."""
    series = bridge.resolved.series
    first = {name: series[name] for name in ("time_s", "step", "capacity_Ah")}
    others = {f"{s.rung.name.removeprefix('+ ')}_V".replace(" ", "_"): s.result.series for s in bridge.averaged}
    return {
        **first,
        "resolved_V": series["voltage_V"],
        **{name: voltage_at(series, other) for name, other in others.items()},
    }


def _porous(step: Averaged, place: int) -> Electrode:
    cell = step.model.cell
    return cell.positive if step.model.half else (cell.negative, cell.positive)[place]


def _numbers(found: ElectrodeNumbers, guess: Electrode, taken: Electrode) -> list[str]:
    way = "" if found.reaches_through else "   (no solid leads through: by the way to the collector)"
    said = [
        f"{found.name} electrode, {1e6 * found.thickness:.4g} um        textbook     measured",
        f"  porosity                     {guess.porosity:>12.5g} {taken.porosity:>12.5g}",
        f"  transport factor of pores    {guess.electrolyte_transport_factor:>12.5g} "
        f"{taken.electrolyte_transport_factor:>12.5g}",
        f"  electronic conductivity      {guess.effective_conductivity:>12.5g} {taken.effective_conductivity:>12.5g} "
        f"S/m{way}",
    ]
    for p, q in zip(guess.particles, taken.particles, strict=True):
        said += [
            f"  {p.active.name}: fraction {p.active_fraction:.5g}",
            f"    area per volume            {p.specific_surface / 1e6:>12.5g} {q.specific_surface / 1e6:>12.5g} 1/um",
            f"    radius for diffusion       {1e6 * p.radius:>12.5g} {1e6 * q.radius:>12.5g} um",
        ]
    return said


def _content(bridge: Bridge) -> dict[str, Any]:
    return {
        "capacity_gap": bridge.capacity,
        "separator": {
            "thickness_m": bridge.found.separator_thickness,
            "porosity": bridge.found.separator.porosity,
            "transport_factor": bridge.found.separator.transport_factor,
        },
        "electrodes": {
            e.name: {
                "thickness_m": e.thickness,
                "porosity": e.porosity,
                "transport_factor": e.transport_factor,
                "conductivity_S_per_m": e.conductivity,
                "solid_reaches_through": e.reaches_through,
                "particles": [
                    {
                        "material": p.material.name,
                        "fraction": p.fraction,
                        "area_per_m": p.area,
                        "sauter_radius_m": p.sauter_radius,
                        "diffusion_radius_m": p.diffusion_radius,
                    }
                    for p in e.particles
                ],
            }
            for e in bridge.found.electrodes
        },
        "ladder": [
            {
                "rung": s.rung.name,
                "mean_V": s.difference.mean,
                "rms_V": s.difference.rms,
                "largest_V": s.difference.largest,
                "ends_later_by": s.difference.end,
            }
            for s in bridge.averaged
        ],
    }
