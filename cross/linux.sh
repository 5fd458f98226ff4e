#!/usr/bin/env bash
# The daemon for ARM computers with Linux, and tests under emulation.
#
#     cross/linux.sh aarch64              target/linux/aarch64/coact: Raspberry Pi 3, 4, 5 with a 64-bit system, Jetson
#     cross/linux.sh armv7                target/linux/armv7/coact: the same with a 32-bit system
#     cross/linux.sh aarch64 check        whether all of it compiles, without a program
#     cross/linux.sh aarch64 test         the tests of brain and firmware-bridge under qemu
#     cross/linux.sh aarch64 measure      target/linux/aarch64/measure: runs one ONNX file, for models/bench/arm.py
#     cross/linux.sh aarch64 kernels      the engine's kernels against plain ones, under qemu's Cortex-A72 (no dot product),
#                                         Cortex-A76 (dot product) and best processor (products of 8-bit matrices)
#
# Check and test exit with 77 where there is no Debian root with compilers and none can be made.
#
# Neither program asks for a C library newer than 2.31. In the Debian root of cross/root.sh; zig (from PyPI, or a wheel in
# the folder COACT_ZIG) links, because it can link against an old C library. A clean build takes about 12 minutes on two
# idle cores. docs/BOARDS.md tells how to build with rustup instead.
set -euo pipefail
cd "$(dirname "$0")/.."
newest=2.31
zig_version=0.17.1

name=${1:-aarch64}
case $name in
aarch64)
    target=aarch64-unknown-linux-gnu
    tools=aarch64-linux-gnu
    zig_target=(-target "aarch64-linux-gnu.$newest")
    std=()
    ;;
armv7)
    target=armv7-unknown-linux-gnueabihf
    tools=arm-linux-gnueabihf
    zig_target=(-target "arm-linux-gnueabihf.$newest" -mcpu=generic+v7a+vfp3d16)
    # Its standard library is built, too: Debian's is no cross package.
    std=(-Zbuild-std=std,panic_abort)
    ;;
*)
    echo "cross/linux.sh: aarch64 or armv7, not $name" >&2
    exit 1
    ;;
esac

# The settings of cargo for one target stand in variables with its name.
in_root() {
    local linker=$1 upper under
    shift
    upper=$(tr a-z- A-Z_ <<< "$target") under=${target//-/_}
    cross/root.sh env \
        "CARGO_TARGET_${upper}_LINKER=$linker" \
        "CARGO_TARGET_${upper}_RUNNER=qemu-${tools%%-*} -L /usr/$tools" \
        "CC_$under=$tools-gcc" "AR_$under=$tools-ar" \
        "$@"
}

get_zig() {
    local root=$1 wheels
    [ ! -x "$root/opt/zig/zig" ] || return 0
    wheels=${COACT_ZIG:-$(mktemp -d)}
    compgen -G "$wheels/ziglang-*.whl" > /dev/null \
        || python3 -m pip download --quiet --no-deps --dest "$wheels" "ziglang==$zig_version"
    rm -rf "$root/opt/wheel" "$root/opt/zig"
    python3 -m zipfile -e "$wheels"/ziglang-*.whl "$root/opt/wheel"
    mv "$root/opt/wheel/ziglang" "$root/opt/zig"
    chmod +x "$root/opt/zig/zig"
}

# Cargo with zig as the linker: `zig_cargo build -p coact`.
zig_cargo() {
    local what=$1
    shift
    root=$(cross/root.sh)
    get_zig "$root"
    printf '#!/bin/sh\nexec /opt/zig/zig cc %s "$@"\n' "${zig_target[*]}" > "$root/opt/zig-cc-$name"
    chmod +x "$root/opt/zig-cc-$name"
    in_root "/opt/zig-cc-$name" cargo "$what" --release --locked "${std[@]}" --target "$target" "$@"
    mkdir -p "target/linux/$name"
}

case ${2:-build} in
build)
    zig_cargo build -p coact
    cp "$root/src/target/$target/release/coact" "target/linux/$name/coact"
    echo "target/linux/$name/coact asks for $(cross/glibc.sh "target/linux/$name/coact" "$newest")"
    ;;
measure)
    # With the daemon's features, so that what it has built is not built again.
    zig_cargo build -p coact -p engine --example measure
    cp "$root/src/target/$target/release/examples/measure" "target/linux/$name/measure"
    ;;
kernels)
    zig_cargo test -p coact -p engine --lib --no-run
    tests=$(ls -t "$root/src/target/$target/release/deps/"engine-* | grep -v '\.d$' | head -n 1)
    for cpu in cortex-a72 cortex-a76 max; do
        echo "$cpu"
        cross/root.sh "qemu-${tools%%-*}" -cpu "$cpu" -L "/usr/$tools" "/src/target/$target/release/deps/${tests##*/}" kernels::
    done
    ;;
check | test)
    cross/root.sh > /dev/null || { echo "there is no Debian root with compilers for $target here"; exit 77; }
    # Another linker than build's would have cargo build everything anew in the same folder.
    cargo=(cargo "$2" --release --locked "${std[@]}" --target "$target" --target-dir "/src/target/$2")
    if [ "$2" = check ]; then
        in_root "$tools-gcc" "${cargo[@]}" -p coact
    else
        # Random properties are tried on more cases where they run fast.
        in_root "$tools-gcc" PROPTEST_CASES=32 "${cargo[@]}" -p brain -p firmware-bridge
    fi
    ;;
*)
    echo "cross/linux.sh: build, check, test, measure or kernels, not $2" >&2
    exit 1
    ;;
esac
