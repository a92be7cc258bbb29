#!/usr/bin/env bash
# The whole default check: style, types, tests with coverage. Needs no network once installed, no GPU, no account.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/environment.sh" "[dev]"
ruff check .
mypy
export WANDB_MODE=offline OMP_NUM_THREADS=1
python -m pytest --numprocesses "${TEST_PROCESSES:-2}" --dist worksteal --cov --cov-report=term:skip-covered "$@"
