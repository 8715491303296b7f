#!/bin/sh
# Everything that the image needs, in one script that also runs outside Docker (Debian 12 and 13, Ubuntu 24.04).
#
#   docker/install.sh [system] [python] [tidy]     without an argument: system python
#
# system   Debian packages, as root: a C compiler, the libraries of gmsh and of off-screen drawing, and a Python >= 3.12
#          where there is none (Debian 12 has none: uv fetches one)
# python   .venv with femcell and DOLFINx in it (scripts/bootstrap); EXTRAS="plot mesh" says which extras
# tidy     remove the package lists: what an image keeps of them is dead weight
set -eu

cd "$(dirname "$0")/.."

have_python() { scripts/bootstrap --python >/dev/null; }

install_system() {
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    # The compiler is for DOLFINx, which compiles each form; the X and GL libraries are what the gmsh wheel is linked
    # to; EGL with Mesa's software driver draws pictures where there is no screen.
    apt-get install -qy --no-install-recommends \
        ca-certificates gcc libc6-dev make \
        libegl1 libfontconfig1 libgl1 libgl1-mesa-dri libglu1-mesa libgomp1 libx11-6 libxcursor1 libxext6 libxfixes3 \
        libxft2 libxinerama1 libxrender1
    if ! have_python; then
        apt-get install -qy --no-install-recommends python3 python3-dev python3-pip python3-venv
    fi
    if ! have_python; then
        python3 -m venv /opt/uv
        /opt/uv/bin/pip install --quiet uv
        ln -sf /opt/uv/bin/uv /usr/local/bin/uv
        UV_PYTHON_INSTALL_DIR=/opt/python UV_PYTHON_BIN_DIR=/usr/local/bin uv python install 3.12
    fi
    # Debian keeps Python.h, which every compiled form includes, in a package of its own.
    case $(scripts/bootstrap --python) in /usr/bin/*) apt-get install -qy --no-install-recommends python3-dev ;; esac
}

install_python() {
    # shellcheck disable=SC2086  # a list, meant to be split
    scripts/bootstrap ${EXTRAS:-plot mesh}
}

[ $# -gt 0 ] || set -- system python
for part in "$@"; do
    case $part in
    system) install_system ;;
    python) install_python ;;
    tidy) rm -rf /var/lib/apt/lists/* ;;
    *) echo "install.sh: no part '$part': system, python or tidy" >&2; exit 2 ;;
    esac
done
