#!/bin/sh
# Makes .venv complete for `run` or `dev` with the newest Python that fits; does nothing when it is.
[ -x .venv/bin/python ] && .venv/bin/python scripts/environment.py check "$1" 2>/dev/null && exit 0

if [ -n "$PYTHON" ]; then
    set -- "$1" "$PYTHON"
else
    set -- "$1" python3.13 python3.12 python3.11 python3 python
fi
kind=$1
shift

# A name on the path is no proof: it may be a shim for nothing.
for name in "$@"; do
    if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
        exec "$name" scripts/environment.py make "$kind"
    fi
done
echo "Python 3.11, 3.12 or 3.13 is needed and none was found. Install one (Debian: apt-get install python3 python3-venv)," >&2
echo "or name it: make run PYTHON=/path/to/python3.11" >&2
exit 1
