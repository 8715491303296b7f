"""Tell what this machine lacks to run femcell, before anything is installed.

Usage: `python scripts/check_host.py [EXTRA ...]` with the Python that will run femcell, bare as it is. The
extras `wheel`, `mesh` and `plot` (`test` and `bench` stand for those they contain) ask for shared libraries.
Exit code 1 and one line for each thing that is missing, naming the Debian packages that bring it.
"""

import ctypes
import os
import platform
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

WHEEL_GLIBC = (2, 34)
CONTAINS = {"test": {"mesh", "plot"}, "bench": {"mesh"}}

# What the gmsh wheel is linked to, and the Debian packages it lies in.
GMSH_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libGLU.so.1": "libglu1-mesa",
    "libX11.so.6": "libx11-6",
    "libXcursor.so.1": "libxcursor1",
    "libXext.so.6": "libxext6",
    "libXfixes.so.3": "libxfixes3",
    "libXft.so.2": "libxft2",
    "libXinerama.so.1": "libxinerama1",
    "libXrender.so.1": "libxrender1",
    "libfontconfig.so.1": "libfontconfig1",
    "libgomp.so.1": "libgomp1",
}
# VTK draws without a screen through any one of these.
OFFSCREEN_LIBRARIES = ("libEGL.so.1", "libOSMesa.so.8", "libOSMesa.so")


def loads(library: str) -> bool:
    """Whether the dynamic linker finds the shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_for_wheel() -> list[str]:
    """What keeps the DOLFINx wheel from being installed."""
    system, machine = platform.system(), platform.machine()
    name, version = platform.libc_ver()
    glibc = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if (system, machine) == ("Linux", "x86_64") and name == "glibc" and glibc >= WHEEL_GLIBC:
        return []
    here = f"{system} {machine} with {name or 'another libc'} {version}".rstrip()
    return [
        f"the DOLFINx wheel is for Linux x86_64 with glibc >= 2.34, this is {here}: "
        "take DOLFINx from conda-forge and set FEMCELL_PYTHON (docs/installation.md)"
    ]


def missing_for_compiler() -> list[str]:
    """What keeps DOLFINx from compiling a form: it builds a Python extension module in C for each one."""
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    include = Path(sysconfig.get_path("include"))
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "probe.c")
        source.write_text("#include <stdlib.h>\nint probe(void) { return abs(-1); }\n")
        build = [*compiler, "-shared", "-fPIC", str(source), "-o", str(source.with_suffix(".so"))]
        try:
            result = subprocess.run(build, capture_output=True, text=True, check=False)
        except OSError:
            return [f"no C compiler ({compiler[0]}), which DOLFINx needs: apt-get install gcc libc6-dev"]
    if result.returncode:
        said = (result.stderr.strip().splitlines() or ["it said nothing"])[0]
        return [f"the C compiler {compiler[0]} does not work ({said}): apt-get install gcc libc6-dev"]
    if not (include / "Python.h").exists():
        return [f"Python.h is not in {include}, but every form includes it: apt-get install {python}-dev"]
    return []


def missing_libraries(extras: set[str]) -> list[str]:
    """Shared libraries that the extras load at run time but no wheel brings."""
    missing = []
    if "mesh" in extras:
        lacking = {library: package for library, package in GMSH_LIBRARIES.items() if not loads(library)}
        if lacking:
            missing.append(f"gmsh needs {', '.join(lacking)}: apt-get install {' '.join(lacking.values())}")
    if "plot" in extras and not any(loads(library) for library in OFFSCREEN_LIBRARIES):
        missing.append("no EGL to draw pictures without a screen: apt-get install libegl1 libgl1-mesa-dri")
    return missing


def main(names: list[str]) -> int:
    """Print what is missing; 0 when nothing is, else 1."""
    extras = set(names).union(*(CONTAINS.get(name, set()) for name in names))
    missing = missing_for_wheel() if "wheel" in extras else []
    missing += missing_for_compiler() + missing_libraries(extras)
    for line in missing:
        print(f"missing: {line}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
