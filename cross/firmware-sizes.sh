#!/usr/bin/env bash
# Flash and memory of a whole firmware on a Cortex-M3, against the budget: 16 KB and 4 KB, stack included.
#
# The firmware of the board mps2-an385 is linked into just that much, so what is over the budget does not build; this
# prints by how much it is under. How deep the stack goes is measured while the board holds a conversation in QEMU.
set -euo pipefail
cd "$(dirname "$0")/.."
cross/firmware.sh mps2-an385
firmware=target/firmware/mps2-an385
size -A "$firmware" | awk '
    $1 == ".vector_table" || $1 == ".text" || $1 == ".rodata" || $1 == ".data" { flash += $2 }
    $1 == ".data" || $1 == ".bss" || $1 == ".uninit" { memory += $2 }
    END { printf "flash %d of 16384 bytes, static memory %d of 4096 bytes\n", flash, memory }'
if command -v qemu-system-arm > /dev/null && command -v python3 > /dev/null; then
    python3 tests/qemu_board.py "$firmware" --conversation-only
else
    echo 'skipped: the depth of the stack, which needs qemu-system-arm and python3'
fi
