"""Python as it is where femcell is installed without extras: `python bare.py CODE` runs the code there.

What femcell and DOLFINx declare, and what that needs, can be imported; nothing else that happens to be installed.
"""

import importlib.abc
import importlib.metadata
import re
import sys
import tomllib
from pathlib import Path

DOLFINX = ("dolfinx-solver-real", "fenics-dolfinx", "petsc4py")
"""What brings DOLFINx, by whichever name it is installed."""


def canonical(name: str) -> str:
    """The one spelling of a distribution's name."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution(requirement: str) -> str:
    """Its name in a requirement."""
    return re.split(r"[^\w.-]", requirement)[0]


def needed() -> set[str]:
    """Distributions that are there after an installation without extras."""
    found: set[str] = set()
    project = tomllib.loads((Path(__file__).resolve().parents[2] / "pyproject.toml").read_text())["project"]
    todo = ["femcell", *DOLFINX, *map(distribution, project["dependencies"])]
    while todo:
        name = canonical(todo.pop())
        if name in found:
            continue
        found.add(name)
        if name == "femcell":  # what its installation recorded may be older than the checkout
            continue
        try:
            requirements = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        todo += [distribution(each) for each in requirements if "extra ==" not in each]
    return found


class Bare(importlib.abc.MetaPathFinder):
    """Finds no module of another distribution."""

    def __init__(self) -> None:
        there = needed()
        self.hidden = {
            module
            for module, names in importlib.metadata.packages_distributions().items()
            if not there & {canonical(name) for name in names}
        }

    def find_spec(self, name: str, *rest: object) -> None:
        """Refuse what is hidden, leave the others to the next finder."""
        if name.partition(".")[0] in self.hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


sys.meta_path.insert(0, Bare())
exec(compile(sys.argv[1], "bare", "exec"))
