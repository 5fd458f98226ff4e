#!/usr/bin/env bash
# The daemon for 64-bit ARM Linux (Raspberry Pi 4 and 5, Jetson), and its tests under emulation.
#
#     cross/aarch64.sh build     target/aarch64/coact, which asks for no C library newer than 2.31
#     cross/aarch64.sh test      the tests of brain and firmware-bridge under qemu-aarch64; a journal replayed there
#
# A clean build takes about 12 minutes on two idle cores, the tests about 5. In the Debian root of cross/root.sh, with
# zig (from PyPI, or from the folder COACT_ZIG) as the linker, because it can link against an old C library.
set -euo pipefail
cd "$(dirname "$0")/.."
target=aarch64-unknown-linux-gnu
newest=2.31
zig_version=0.17.1

root=$(cross/root.sh)
out=target/aarch64
mkdir -p "$out"

if [ ! -x "$root/opt/zig/zig" ]; then
    wheels=${COACT_ZIG:-$(mktemp -d)}
    ls "$wheels"/ziglang-*.whl > /dev/null 2>&1 \
        || python3 -m pip download --quiet --no-deps --dest "$wheels" "ziglang==$zig_version"
    rm -rf "$root/opt/wheel"
    python3 -m zipfile -e "$wheels"/ziglang-*.whl "$root/opt/wheel"
    rm -rf "$root/opt/zig"
    mv "$root/opt/wheel/ziglang" "$root/opt/zig"
    chmod +x "$root/opt/zig/zig"
fi
cat > "$root/opt/zig-cc" << END
#!/bin/sh
exec /opt/zig/zig cc -target aarch64-linux-gnu.$newest "\$@"
END
chmod +x "$root/opt/zig-cc"
# Emulation works by a program inside the root; nothing is asked of the kernel.
cp "$(command -v qemu-aarch64-static)" "$root/usr/bin/qemu-aarch64-static"

in_root() {
    cross/root.sh env \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER=/opt/zig-cc \
        CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER="qemu-aarch64-static -L /usr/aarch64-linux-gnu" \
        CC_aarch64_unknown_linux_gnu=aarch64-linux-gnu-gcc \
        AR_aarch64_unknown_linux_gnu=aarch64-linux-gnu-ar \
        "$@"
}

# The newest C library a program asks for must not be newer than promised.
check_library() {
    local asks
    asks=$(readelf --version-info --wide "$1" | grep -oE 'GLIBC_[0-9.]+' | sort -uV | tail -n 1)
    echo "$1 asks for $asks"
    [ "$(printf '%s\n' "$asks" "GLIBC_$newest" | sort -V | tail -n 1)" = "GLIBC_$newest" ] \
        || { echo "that is newer than GLIBC_$newest"; exit 1; }
}

case ${1:-build} in
build)
    in_root cargo build --release --locked --target "$target" -p coact
    cp "$root/src/target/$target/release/coact" "$out/coact"
    check_library "$out/coact"
    ;;
test)
    in_root cargo test --release --locked --target "$target" -p brain -p firmware-bridge
    ;;
*)
    echo "cross/aarch64.sh: build or test, not $1"; exit 1
    ;;
esac
