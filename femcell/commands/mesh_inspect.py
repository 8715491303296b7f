"""`femcell mesh inspect`: what a mesh file holds, and whether it is sound."""

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

from femcell.errors import InputError
from femcell.geometry import Geometry, read_msh


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("file", type=Path)
    parser.add_argument("--unit", default="um", help="length unit of the file: m, mm, um (default), nm")
    for what in ("region", "surface"):
        parser.add_argument(
            f"--{what}",
            action="append",
            default=[],
            metavar="NUMBER=NAME",
            help=f"name of a {what} that the file numbers; once for each",
        )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="GROUP", help="leave a group out; once for each"
    )
    parser.add_argument("--tags", help="integers that number regions and surfaces (.vtk, .vtu, .xdmf)")


def run(options: argparse.Namespace, say: Callable[[str], None]) -> None:
    """Print what there is; collective.

    Raises:
        InputError: the mesh cannot be read, or has faults, all of which are printed.
    """
    geometry = read_msh(
        options.file,
        options.unit,
        regions=_names(options.region, "--region"),
        surfaces=_names(options.surface, "--surface"),
        ignore=options.ignore,
        tags=options.tags,
        check=False,
    )
    faults = geometry.faults()
    for line in describe_geometry(geometry):
        say(line)
    if faults:
        say("faults:")
        for fault in faults:
            say(f"  {fault}")
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InputError(f"Mesh '{geometry.source}' has a fault{more}: {faults[0]}.")


def _names(given: Iterable[str], option: str) -> dict[int, str]:
    """Number -> name."""
    found: dict[int, str] = {}
    for text in given:
        number, equals, name = text.partition("=")
        try:
            tag = int(number)
        except ValueError:
            equals = ""
        if not equals or not name.strip():
            raise InputError(f"{option} {text}: write a number of the file and a name, as in {option} 1=NAME.")
        if tag in found:
            raise InputError(f"{option} {text}: {tag} is '{found[tag]}' already; give it one name.")
        found[tag] = name.strip()
    return found


def describe_geometry(geometry: Geometry) -> list[str]:
    """What `femcell mesh inspect` prints, in um; collective."""
    s = geometry.summary
    volume_unit, area_unit = {1: ("um", "points"), 2: ("um2", "um"), 3: ("um3", "um2")}[s.dim]
    v, a = 1e6**s.dim, 1e6 ** (s.dim - 1)
    total = sum(s.volumes.values())
    lines = [
        f"{geometry.source}: {s.dim}D, {s.points} nodes, {s.cells} cells, "
        f"extent {' x '.join(f'{e * 1e6:.4g}' for e in s.extent)} um",
        f"quality (radius ratio): least {s.quality[0]:.3f}, mean {s.quality[1]:.3f}",
        "regions:",
        *[f"  {n:<20} {w * v:>12.5g} {volume_unit:<5} {100 * w / total:6.2f} %" for n, w in s.volumes.items()],
        "surfaces:",
        *[f"  {n:<20} {w * a:>12.5g} {area_unit}" for n, w in s.areas.items() if w or n not in s.inside],
        *[f"  {n:<20} {w * a:>12.5g} {area_unit}, between cells" for n, w in s.inside.items()],
        "interfaces:",
        *[f"  {p + ' | ' + q:<32} {w * a:>12.5g} {area_unit}" for (p, q), w in s.interfaces.items()],
        "connected pieces:",
    ]
    for name in geometry.regions:
        pieces = geometry.components([name])
        small = "" if len(pieces) < 2 else "; smallest: " + pieces[-1].describe()
        lines.append(f"  {name:<20} {len(pieces)}{small}")
    if s.notes:
        lines += ["notes:", *[f"  {note}" for note in s.notes]]
    return lines
