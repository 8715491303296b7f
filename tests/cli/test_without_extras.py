"""femcell without extras: everything can be imported, and what needs an extra names it before it does any work."""

import json
import re
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from femcell.extras import EXTRAS
from tests.cli.conftest import environment, launched

ROOT = Path(__file__).resolve().parents[2]

IMPORTS = """
import importlib, json, pkgutil, femcell
from femcell.errors import InputError
said, hidden = {}, sorted(name for name in sys.meta_path[0].hidden if name in sys.modules)
for module in pkgutil.walk_packages(femcell.__path__, "femcell."):
    try:
        importlib.import_module(module.name)
        said[module.name] = None
    except InputError as error:
        said[module.name] = str(error)
print(json.dumps([said, hidden]))
"""

CALLS = """
import json
import numpy as np
import femcell as fc
from femcell.analysis import effective_stiffness, tortuosity
from femcell.analysis.morphology import geometric_tortuosity
from femcell.geometry.generators import ElectrodePacking, MeshSize, sphere_packing
from femcell.geometry.tetrahedra import mesh_image
from femcell.images import Image, read_image
from femcell.images.segment import otsu
from femcell.materials.bpx.file import load
from femcell.materials.mechanical import Isotropic
from femcell.pictures import require_pictures
from pathlib import Path
said = {}
def called(name, function, *arguments, **named):
    try:
        function(*arguments, **named)
        said[name] = "nothing"
    except fc.InputError as error:
        said[name] = str(error)
image = Image(np.eye(6, dtype=np.uint8)[None].repeat(6, 0), (1e-6,) * 3, {"pore": 0, "nmc": 1})
called("read_bpx", fc.read_bpx, "none.json")
Path("none.tif").touch()
called("read_image", read_image, "none.tif", voxel=1, unit="um", phases={"pore": 0, "nmc": 1})
called("otsu", otsu, np.arange(27.0).reshape(3, 3, 3))
called("tortuosity", tortuosity, image, "pore", 0)
called("effective_stiffness", effective_stiffness, image, {"nmc": Isotropic(youngs_modulus=1e9, poissons_ratio=0.2)})
called("geometric_tortuosity", geometric_tortuosity, image, "pore", 0)
called("mesh_image", mesh_image, image)
packing = ElectrodePacking("nmc", 1e-5, porosity=0.5, mean_radius=4e-6)
called("sphere_packing", sphere_packing, "x.msh", positive=packing, width=1e-5, separator=1e-5, foil=1e-6,
       size=MeshSize(particle=1e-6, pore=1e-6), seed=1)
called("require_pictures", require_pictures)
Path("x.yaml").write_text("{}")
called("bpx in YAML", load, Path("x.yaml"))
print(json.dumps(said))
"""

COMMANDS: Mapping[str, tuple[str, str]] = {
    "image inspect none.npy --voxel 1um --phase nmc=1": ("image", "numba"),
    "image rev none.npy --voxel 1um --phase nmc=1 --through nmc --sizes 3": ("image", "numba"),
    "image rev none.npy --voxel 1um --phase nmc=1 --through nmc --sizes 3 -o x.png": ("plot", "matplotlib"),
    "image stiffness none.npy --voxel 1um --phase nmc=1 --solid nmc=1:0.2": ("image", "numba"),
    "mesh image none.npy --voxel 1um --phase nmc=1 -o x.msh": ("plot", "matplotlib"),
    "mesh image none.npy --voxel 1um --phase nmc=1 -o x.msh --no-picture": ("image", "mmgpy"),
    "mesh image none.npy --voxel 1um --phase nmc=1 -o x.msh --hexahedra": ("plot", "matplotlib"),
    "bridge study.toml": ("plot", "matplotlib"),
}
"""What each says, though the file that it names does not even exist; but `bridge`, which reads its study first."""


def bare(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run code where no extra is installed."""
    words = launched(str(Path(__file__).with_name("bare.py")), code, ranks=1)
    return subprocess.run(words, cwd=folder, env=environment(), capture_output=True, text=True, timeout=300)


def test_every_module_is_imported_with_hard_dependencies_alone(tmp_path: Path) -> None:
    done = bare(IMPORTS, tmp_path)
    assert done.returncode == 0, done.stderr
    said, hidden = json.loads(done.stdout)
    assert hidden == []
    assert len(said) > 200
    refused = {name: words for name, words in said.items() if words}
    assert all(name.startswith("femcell.analysis.voxels.") for name in refused), refused
    assert "femcell.analysis.voxels.kernels" in refused


def test_each_function_names_its_extra(tmp_path: Path) -> None:
    done = bare(CALLS, tmp_path)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    extras = {
        "read_bpx": "bpx",
        "read_image": "image",
        "otsu": "image",
        "tortuosity": "image",
        "effective_stiffness": "image",
        "geometric_tortuosity": "image",
        "mesh_image": "image",
        "sphere_packing": "mesh",
        "require_pictures": "plot",
        "bpx in YAML": "bpx",
    }
    assert said.keys() == extras.keys()
    for name, extra in extras.items():
        assert re.fullmatch(rf".* needs .*, which is not installed: pip install 'femcell\[{extra}\]'.*\.", said[name])


def test_each_command_names_its_extra_before_it_reads_anything(alone, tmp_path: Path) -> None:
    alone.write()
    code = "import shlex\nfrom femcell import cli\n" + "".join(
        f"print(cli.main(shlex.split({line!r})), flush=True)\n" for line in COMMANDS
    )
    done = bare(code, tmp_path)
    assert done.stdout.split() == ["2"] * len(COMMANDS), done.stderr
    sentences = done.stderr.splitlines()
    assert len(sentences) == len(COMMANDS), done.stderr
    for sentence, (line, (extra, package)) in zip(sentences, COMMANDS.items(), strict=True):
        expected = rf"femcell: .* needs {package}, which is not installed: pip install 'femcell\[{extra}\]'.*\."
        assert re.fullmatch(expected, sentence), f"{line}: {sentence}"


def test_the_extras_bring_what_they_are_said_to() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    brought = {extra: {re.split(r"[^\w-]", need)[0] for need in needs} for extra, needs in extras.items()}
    for module, (package, extra) in EXTRAS.items():
        assert module == "yaml" or package in brought[extra], module
    for extra in ("plot", "mesh", "image", "bpx"):
        assert brought[extra] <= {package for package, _ in EXTRAS.values()}, extra


def test_a_package_that_cannot_be_loaded_is_not_called_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib

    from femcell.errors import InputError
    from femcell.extras import optional

    def broken(name: str) -> None:
        raise OSError("libGLU.so.1: cannot open shared object file")

    monkeypatch.setattr(importlib, "import_module", broken)
    with pytest.raises(InputError, match=r"needs gmsh, which cannot be loaded \(libGLU\.so\.1: cannot open"):
        optional("gmsh", "Generating a mesh")
