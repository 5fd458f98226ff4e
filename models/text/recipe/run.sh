#!/bin/sh
# Build the text model: own data, training, export, evaluation. Give the folder with the corpora as --corpora FOLDER;
# without it the recipe runs on the project's own generated and hand-written lines alone.
#   python3 -m venv venv && venv/bin/pip install -r models/text/recipe/requirements.txt && PYTHON=venv/bin/python models/text/recipe/run.sh
set -eu
PYTHON=$(command -v "${PYTHON:-python3}")
case "$PYTHON" in /*) ;; *) PYTHON="$PWD/$PYTHON" ;; esac
cd "$(dirname "$0")/.."
exec "$PYTHON" -m recipe --steps data,train,export --workers 2 "$@"
