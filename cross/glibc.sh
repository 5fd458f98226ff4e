#!/usr/bin/env bash
# Prints the newest version of the GNU C library that a program asks for.
#
#     cross/glibc.sh PROGRAM [NEWEST]     fails where it is newer than NEWEST
set -euo pipefail
asks=$(readelf --version-info --wide "$1" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1 | cut -d_ -f2)
echo "$asks"
if [ $# -gt 1 ] && [ "$(printf '%s\n' "$asks" "$2" | sort -V | tail -n 1)" != "$2" ]; then
    echo "$1 asks for version $asks of the C library, which is newer than $2" >&2
    exit 1
fi
