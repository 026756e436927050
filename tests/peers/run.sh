#!/bin/bash
# Runs a Python script with the packages of requirements.txt: run.sh VENV_FOLDER SCRIPT ARGUMENT…
set -u
folder=$1
shift
python=$("$(dirname "$0")/venv.sh" "$folder") || exit $?
exec "$python" "$@"
