#!/usr/bin/env bash
# Builds the firmware of every board in firmware-bridge/boards into target/firmware.
#
#     cross/firmware.sh [BOARD...]     exits 77 where no compiler for them can be had
#
# With rustup's targets where they are or can be had, else in the Debian root of cross/root.sh.
set -euo pipefail
cd "$(dirname "$0")/.."

# Board and target.
boards='mps2-an385 thumbv7m-none-eabi
pico thumbv6m-none-eabi'
manifest=firmware-bridge/boards/Cargo.toml
mkdir -p target/firmware

have() {
    [ -d "$(rustc --print target-libdir --target "$1" 2> /dev/null)" ] && return
    # Without a network rustup waits long before it says so.
    command -v rustup > /dev/null && timeout 60 rustup target add "$1" > /dev/null 2>&1
}

while read -r board target; do
    [ $# -eq 0 ] || [[ " $* " == *" $board "* ]] || continue
    if [ -z "${COACT_ROOT:-}" ] && have "$target"; then
        cargo build --release --locked --manifest-path "$manifest" -p "$board" --target "$target" \
            --target-dir target/firmware/build
        cp "target/firmware/build/$target/release/$board" target/firmware/
    else
        cross/root.sh > /dev/null || { echo "neither rustup nor debootstrap gives a compiler for $target"; exit 77; }
        linker=CARGO_TARGET_$(echo "$target" | tr a-z- A-Z_)_LINKER=ld.lld
        cross/root.sh env "$linker" cargo build --release --locked --manifest-path "$manifest" -p "$board" \
            --target "$target" -Zbuild-std=core
        cp "$(cross/root.sh)/src/target/$target/release/$board" target/firmware/
    fi
    echo "target/firmware/$board"
done <<< "$boards"
