#!/bin/sh
# Finds a Python that can run Safehand and lets it do the rest (setup.py). Quick when nothing changed.
# `make setup PYTHON=path` chooses one; `make setup PROGRAMS=no` leaves Debian's packages alone. Everything said here goes to standard error.
set -eu
unset CDPATH PYTHONPATH PYTHONHOME PYTHONSTARTUP VIRTUAL_ENV
cd -- "$(dirname -- "$0")/.."
exec </dev/null >&2

suits() { # is $1 a CPython >= 3.12 with TLS? A pyenv shim exists for versions that it then refuses: run it.
    "$1" -I -c 'import sys, ssl, venv; sys.exit(sys.version_info < (3, 12) or sys.implementation.name != "cpython")' \
        >/dev/null 2>&1
}

found() { # prints the first that suits: what .python-version or PATH name, then the usual places
    for name in python3.12 python3.13 python3.14 python3 python; do
        path=$(command -v "$name" 2>/dev/null) || continue
        suits "$path" && printf '%s\n' "$path" && return
    done
    for path in "${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}"/versions/3.1[234]*/bin/python3 \
        "${HOME:-/nonexistent}"/.local/share/uv/python/cpython-3.1[234]*/bin/python3 \
        /usr/local/bin/python3.1[234] /usr/bin/python3.1[234] /opt/python*/bin/python3; do
        [ -x "$path" ] && suits "$path" && printf '%s\n' "$path" && return
    done
    return 1
}

from_debian() { # as root on Debian, one of its own Pythons where the release has one that is new enough
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || return 1
    echo "setup: no Python >= 3.12 found; asking Debian for one"
    apt-get update -qq || return 1
    for version in 3.12 3.13 3.14; do
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "python$version" "python$version-venv" >/dev/null 2>&1 && return
    done
    return 1
}

if suits .venv/bin/python && .venv/bin/python -I tools/setup.py --current "$@"; then
    exit 0
fi

if [ -n "${PYTHON:-}" ]; then
    if ! suits "$PYTHON"; then
        echo "setup: PYTHON=$PYTHON is not a CPython >= 3.12 with ssl and venv"
        exit 1
    fi
    python=$PYTHON
elif ! python=$(found); then
    if ! from_debian || ! python=$(found); then
        echo "setup: Safehand needs Python 3.12 or later, and none was found on PATH or in the usual places."
        echo "       Install one, for example: apt-get install python3.12 python3.12-venv   (or python3.13, Debian 13)"
        echo "                             or: pyenv install 3.12"
        echo "       then run this again, or name it: make setup PYTHON=/path/to/python3.12"
        exit 1
    fi
fi
exec "$python" -I tools/setup.py "$@"
