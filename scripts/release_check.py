"""Check what a release promises: build it, install each extra alone, and use it from outside of the checkout.

Usage: `python scripts/release_check.py [3.N ...]`, with the versions of Python to install into (3.12 and 3.13 by
default). `make release-check` runs it. Every environment is new, in a folder of its own that is removed at the end; pip
may use its cache. It stops at the first thing that is not as promised.

The extras for developers are not checked one by one: `test` runs tests of the sdist, `bench` and `tortuosity` are what
`make bench-...` installs.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.12", "3.13")
LONGEST = 900.0
"""s after which a command counts as hanging."""

IMAGE = """
import numpy, tifffile
x, y, z = numpy.indices((24, 24, 24))
numpy.save("image.npy", (((x - 12) ** 2 + (y - 12) ** 2 + (z - 12) ** 2) < 81).astype(numpy.uint8))
tifffile.imwrite("image.tif", numpy.load("image.npy"))
"""
PHASES = ("--voxel", "1um", "--phase", "pore=0", "--phase", "nmc=1")

PACKING = """
from femcell.geometry.generators import ElectrodePacking, MeshSize, disc_packing
packing = ElectrodePacking("nmc", 20e-6, porosity=0.6, mean_radius=3.5e-6, overlap=0.15, clearance=0.12)
size = MeshSize(particle=1.3e-6, pore=1e-6)
disc_packing("discs.msh", positive=packing, width=24e-6, separator=8e-6, foil=3e-6, size=size, seed=1)
"""

XDMF = """
import femcell, meshio, numpy
from femcell.geometry.formats.hdf5 import load_h5py
load_h5py()
points = numpy.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=float)
cells, tags = numpy.array([[0, 1, 2], [0, 2, 3]]), numpy.array([1, 1])
meshio.write("square.xdmf", meshio.Mesh(points, [("triangle", cells)], cell_data={"tags": [tags]}))
"""


@dataclass(frozen=True)
class Environment:
    """An environment with femcell in it, and an empty folder to use it from."""

    prefix: Path
    folder: Path

    def __call__(self, *words: str, code: int = 0, says: str = "") -> str:
        """Run a command that the environment has; returns what it prints.

        Args:
            words: the command.
            code: that it must end with.
            says: what its errors must be, as a regular expression; with it nothing else may be printed.
        """
        kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")}
        path = f"{self.prefix / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {"UCX_TLS": "self,sm,tcp", "OMP_NUM_THREADS": "1", **kept, "PATH": path}
        words = (str(self.prefix / "bin" / words[0]), *words[1:])
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False
        )
        good = done.returncode == code
        if says:
            good = good and not done.stdout and re.fullmatch(says + r"\n", done.stderr) is not None
        if not good:
            print(f"{' '.join(words)}\nended with {done.returncode} instead of {code}:\n{done.stdout}{done.stderr}")
            sys.exit(f"not as promised: {f'it must say {says}' if says else 'see above'}")
        return done.stdout

    def made(self, *names: str) -> None:
        """Require files, and that they are not empty."""
        for name in names:
            path = self.folder / name
            if not path.is_file() or not path.stat().st_size:
                sys.exit(f"not as promised: there is no {path}")


def missing(extra: str) -> str:
    """The one sentence that names an extra."""
    return rf"femcell: [^\n]* which is not installed: pip install 'femcell\[{extra}\]'[^\n]*\."


def without_any(run: Environment) -> None:
    """No DOLFINx, perhaps no MPI: one sentence says what to install."""
    run("femcell", "--version", code=1, says=missing("wheel"))
    run("python", "-c", "import femcell", code=1, says=missing("wheel"))


def wheel(run: Environment) -> None:
    """What a user does first, whole; and what the other extras are named for."""
    run("femcell", "--version")
    run("femcell", "init")
    run("femcell", "run", "study.toml", "--quiet")
    run.made("out/nmc_half_cell/series.csv", "out/nmc_half_cell/summary.json")
    run("femcell", "examples", "examples")
    run("femcell", "mesh", "inspect", "examples/meshes/nmc_half_cell.msh")
    run("femcell", "plot", "out/nmc_half_cell", code=2, says=missing("plot"))
    run("python", "-c", "import numpy; numpy.save('image.npy', numpy.zeros((4, 4, 4), dtype='u1'))")
    run("femcell", "image", "inspect", "image.npy", *PHASES, code=2, says=missing("image"))
    run("femcell", "mesh", "image", "image.npy", *PHASES, "-o", "x.msh", "--no-picture", code=2, says=missing("image"))
    run("femcell", "mesh", "image", "image.npy", *PHASES, "-o", "x.msh", code=2, says=missing("plot"))
    run("python", "-c", "open('x.med', 'w').write('x')")
    run("femcell", "mesh", "inspect", "x.med", code=2, says=missing("formats"))
    study = run.folder / "dfn.toml"
    study.write_text('[dfn]\nbpx = "cell.json"\n[experiment]\nsteps = ["Rest for 1 s"]\n[output]\nfolder = "dfn"\n')
    (run.folder / "cell.json").write_text("{}")
    run("femcell", "run", "dfn.toml", code=2, says=missing("bpx"))


def plot(run: Environment) -> None:
    """Pictures of a run of three dimensions."""
    run("femcell", "init")
    study = run.folder / "study.toml"
    text = re.sub(r"(?m)^steps = .*$", 'steps = ["Discharge at 1C for 20 seconds"]', study.read_text())
    study.write_text(re.sub(r"(?m)^fields_at_s = .*$", "fields_at_s = [0.0]", text))
    run("mpirun", "-n", "2", str(run.prefix / "bin" / "femcell"), "run", "study.toml", "--quiet")
    run.made("out/nmc_half_cell/voltage.png", "out/nmc_half_cell/stoichiometry_positive.png")


def mesh(run: Environment) -> None:
    """A generator, and its mesh."""
    run("python", "-c", PACKING)
    run("femcell", "mesh", "inspect", "discs.msh")


def image(run: Environment) -> None:
    """Numbers and tetrahedra of an image; its picture is of another extra."""
    run("python", "-c", IMAGE)
    run("femcell", "image", "inspect", "image.tif", *PHASES, "--through", "pore", "--axis", "x", "--paths")
    run("femcell", "image", "stiffness", "image.npy", *PHASES, "--solid", "nmc=100:0.2")
    run("femcell", "mesh", "image", "image.npy", *PHASES, "-o", "image.msh", "--no-picture")
    run("femcell", "mesh", "inspect", "image.msh")
    run("femcell", "mesh", "image", "image.npy", *PHASES, "-o", "x.msh", code=2, says=missing("plot"))


def bpx(run: Environment) -> None:
    """A BPX file, in and out."""
    shutil.copy(ROOT / "tests" / "data" / "nmc_pouch_cell_BPX.json", run.folder / "cell.json")
    run("python", "-c", "import femcell as fc; fc.write_bpx(fc.read_bpx('cell.json'), 'again.json')")
    run.made("again.json")


def formats(run: Environment) -> None:
    """A mesh of triangles in HDF5, out by meshio and in by femcell."""
    run("python", "-c", XDMF)
    run("femcell", "mesh", "inspect", "square.xdmf", "--region", "1=square")


EXTRAS: Mapping[str, Callable[[Environment], None]] = {
    "": without_any,
    "wheel": wheel,
    "wheel,plot": plot,
    "wheel,mesh": mesh,
    "wheel,image": image,
    "wheel,formats": formats,
    "wheel,bpx": bpx,
}


def sdist_tests(run: Environment, sdist: Path) -> None:
    """The tests of the sdist can all be collected, and those run that look at files beside the package."""
    with tarfile.open(sdist) as archive:
        archive.extractall(run.folder, filter="data")
    (tests,) = run.folder.glob("femcell-*")
    inside = Environment(run.prefix, tests)
    inside("python", "-m", "pytest", "-q", "--collect-only", "tests")
    inside("python", "-m", "pytest", "-q", "-x", "tests/unit/test_study.py", "tests/unit/test_versions.py")


def installed(python: str, what: str, folder: Path) -> Environment:
    """A new environment with a requirement in it."""
    prefix, use = folder / "environment", folder / "use"
    use.mkdir(parents=True)
    subprocess.run([python, "-m", "venv", str(prefix)], check=True)
    pip = [str(prefix / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, what], check=True, cwd=use)
    return Environment(prefix, use)


def built(python: str, folder: Path) -> tuple[Path, Path]:
    """The sdist of the checkout, and the wheel of the sdist."""
    make = installed(python, "build", folder)
    make("python", "-m", "build", "--outdir", str(folder), str(ROOT))
    (sdist,), (made,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, made


def main(versions: list[str]) -> int:
    """Build and check; 0 where everything is as promised."""
    begun = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # the folders go in that case, too

    def say(text: str) -> None:
        print(f"[{time.monotonic() - begun:6.0f} s] {text}", flush=True)

    pythons = {}
    for version in versions or PYTHONS:
        find = [str(ROOT / "scripts" / "bootstrap"), "--python", version]
        pythons[version] = subprocess.run(find, capture_output=True, text=True, check=False).stdout.strip()
        if not pythons[version]:
            sys.exit(f"there is no Python {version} with venv and pip on PATH, in pyenv or from uv: install one")
    with tempfile.TemporaryDirectory(prefix="femcell-release-") as name:
        folder = Path(name)
        os.environ["FEMCELL_CACHE"] = str(folder / "forms")
        sdist, made = built(next(iter(pythons.values())), folder / "build")
        say(f"built {sdist.name} and {made.name}, {made.stat().st_size / 1e6:.1f} MB")
        for version, python in pythons.items():
            for extra, check in EXTRAS.items():
                place = folder / version / (extra or "none")
                run = installed(python, f"{made}[{extra}]" if extra else str(made), place)
                say(f"Python {version}, [{extra or 'none'}]: installed")
                check(run)
                say(f"Python {version}, [{extra or 'none'}]: as promised")
                shutil.rmtree(place)
        version, python = next(iter(pythons.items()))
        sdist_tests(installed(python, f"{made}[wheel,test]", folder / "test"), sdist)
        say(f"Python {version}, [wheel,test]: the sdist runs its tests")
    say("everything is as promised")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
