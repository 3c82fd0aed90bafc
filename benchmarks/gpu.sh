#!/usr/bin/env bash
# Everything about pre-training that needs a CUDA GPU, in under nine minutes: bash benchmarks/gpu.sh STORE VOCABULARY
# STORE: a token store of `bioalbert tokens` (abstracts say most), VOCABULARY: the folder it was made with. Prints JSON lines.
set -euo pipefail
cd "$(dirname "$0")/.."
nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader
PYTHONPATH=. timeout 540 python3 benchmarks/gpu.py --tokens "$1" --vocabulary "$2" "${@:3}"
