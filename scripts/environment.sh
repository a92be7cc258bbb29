# Sourced by the other scripts: a virtual environment in .venv beside them, with recexp and what it needs.
# usage: source scripts/environment.sh "<extras>", for example "[dev]" or "".
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
python="${PYTHON:-python3}"
if [ ! -x .venv/bin/python ]; then
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { echo "recexp needs Python 3.10 or newer; set PYTHON=" >&2; exit 1; }
    "$python" -m venv .venv
fi
. .venv/bin/activate
# Without a GPU the CPU build of torch serves; PIP_EXTRA_INDEX_URL can name PyTorch's own CPU index.
python -m pip install --quiet --disable-pip-version-check --editable ".$1"
