"""A picture of a bridge: the voltages, what each property is worth, and how the difference shrinks."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from femcell.bridge.report import MV, table
from femcell.bridge.run import Bridge, rate
from femcell.pictures import blank, written


def draw(path: Path, bridges: Mapping[int, Bridge]) -> Path:
    """Draw into a PNG file; on one rank.

    Args:
        path: of the file.
        bridges: how many times smaller the particles are -> what was found; 1 among them.

    Raises:
        InputError: matplotlib is missing, or the file cannot be written.
    """
    bridge, count = bridges[1], 3 if len(bridges) > 1 else 2
    figure = blank(4.4 * count, 3.8)
    frames = figure.subplots(1, count)
    columns, names = table(bridge), [s.rung.name for s in bridge.averaged]
    hours = columns["time_s"] / 3600
    first, last = (list(columns)[i] for i in (4, -1))
    frames[0].plot(hours, columns["resolved_V"], color="black", lw=2.2, label="resolved")
    frames[0].plot(hours, columns[first], color="tab:red", ls=":", lw=1.8, label="DFN, textbook")
    frames[0].plot(hours, columns[last], color="tab:blue", ls="--", lw=1.6, label="DFN, all measured")
    frames[0].set(xlabel="time (h)", ylabel="voltage (V)")
    frames[0].legend(fontsize=8)
    gaps = [MV * s.difference.mean for s in bridge.averaged]
    bars = frames[1].barh(np.arange(len(gaps)), gaps, color=["tab:red", *["tab:grey"] * (len(gaps) - 2), "tab:blue"])
    frames[1].bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
    frames[1].set_yticks(np.arange(len(gaps)), names)
    frames[1].invert_yaxis()
    frames[1].margins(x=0.15)
    frames[1].set(xlabel="difference from the resolved cell, mean (mV)")
    if len(bridges) > 1:
        size, power = 1 / np.array(list(bridges)), rate(bridges)
        for place, colour, label in ((0, "tab:red", "textbook"), (-1, "tab:blue", "all measured")):
            gaps = [MV * b.averaged[place].difference.mean for b in bridges.values()]
            frames[2].loglog(size, gaps, "o-", color=colour, label=label)
        guide = gaps[-1] * (size / size[-1]) ** power
        frames[2].loglog(size, guide, color="grey", lw=1, ls=":", label=f"size to the power of {power:.2f}")
        frames[2].set_xticks(size, ["1" if times == 1 else f"1/{times}" for times in bridges])
        frames[2].minorticks_off()
        frames[2].set(xlabel="size of the particles, relative", ylabel="difference, mean (mV)")
        frames[2].legend(fontsize=8)
    for frame in frames:
        frame.grid(alpha=0.3)
    return written(figure, path)
