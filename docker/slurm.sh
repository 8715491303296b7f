#!/bin/bash
#SBATCH --job-name=femcell
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=32
#SBATCH --cpus-per-task=1
#SBATCH --mem-per-cpu=3G
#SBATCH --time=04:00:00
#SBATCH --signal=USR1@120
#SBATCH --output=%x-%j.log
#
#   sbatch docker/slurm.sh STUDY.toml OUT            OUT is the output folder that the study names
#   sbatch --export=ALL,SIF=femcell.sif docker/slurm.sh STUDY.toml OUT
#
# With SIF=image the ranks run in the Apptainer image, else in the environment of this checkout (.venv, or FEMCELL_PYTHON).
# Two minutes before its time is over the ranks get SIGUSR1: they write a checkpoint and end with exit code 138. The job is
# sent again with the same line, and goes on from there.
set -euo pipefail

study=${1:?usage: sbatch docker/slurm.sh STUDY.toml OUT}
out=${2:?usage: sbatch docker/slurm.sh STUDY.toml OUT}

# One thread a rank: the cores belong to the ranks.
export OMP_NUM_THREADS=1

# One rank compiles a form and all the others load it from the cache, so it must lie on a file system that every node
# sees; the home folder usually is one. Name another here if not.
export FEMCELL_CACHE=${FEMCELL_CACHE:-$HOME/.cache/femcell}
mkdir -p "$FEMCELL_CACHE"

# UCX_TLS is not set, on purpose: on a cluster UCX finds the fabric by itself, and naming TCP would bypass it. Where
# there is none, or the job ends at once with UCX errors about a network card, stay on one node and uncomment:
# export UCX_TLS=self,sm,tcp

# srun starts the ranks and speaks PMI-2 with MPICH. `srun --mpi=list` shows what this cluster speaks; with an Open MPI
# of the site's own (FEMCELL_PYTHON) it is usually pmix.
# A rank that ends alone, as by a signal while the model is set up, ends the others.
launch=(srun --kill-on-bad-exit=1 "--mpi=${FEMCELL_PMI:-pmi2}")

if [[ -n ${SIF:-} ]]; then
    launch+=(apptainer exec --bind "$PWD" --bind "$FEMCELL_CACHE" "$SIF")
elif [[ -n ${FEMCELL_PYTHON:-} ]]; then
    PATH=$(dirname "$FEMCELL_PYTHON"):$PATH
else
    # Slurm runs a copy of this script: the folder it was sent from is the checkout.
    PATH=$SLURM_SUBMIT_DIR/.venv/bin:$PATH
fi

if [[ -e $out/checkpoint/latest ]]; then
    exec "${launch[@]}" femcell resume "$out"
else
    exec "${launch[@]}" femcell run "$study"
fi
