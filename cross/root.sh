#!/usr/bin/env bash
# Makes a Debian system in a folder, with compilers for ARM computers and ARM microcontrollers, where rustup can give
# none. As root; about 4 minutes and 3 GB; a root that is there is used as it is.
#
#     cross/root.sh                   makes it, prints where it is
#     cross/root.sh COMMAND...        runs a command in a copy of this tree in it, with the build folder target/cross
#
# COACT_ROOT says where; else target/cross/root. On a machine with rustup's targets nothing of this is needed.
set -euo pipefail
cd "$(dirname "$0")/.."
root=${COACT_ROOT:-$PWD/target/cross/root}

make_root() {
    [ "$(id -u)" = 0 ] || { echo "cross/root.sh: making a Debian root needs root" >&2; return 1; }
    command -v debootstrap > /dev/null || apt-get install -y --no-install-recommends debootstrap
    rm -rf "$root"
    mkdir -p "$root"
    debootstrap --variant=minbase trixie "$root"
    echo 'deb http://deb.debian.org/debian trixie-backports main' > "$root/etc/apt/sources.list.d/backports.list"
    cp -a /etc/apt/apt.conf.d/*proxy* "$root/etc/apt/apt.conf.d/" 2> /dev/null || true
    cp -L /etc/resolv.conf "$root/etc/" 2> /dev/null || true
    mkdir -p "$root/etc/ssl/certs"
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2> /dev/null || true
    chroot "$root" dpkg --add-architecture arm64
    chroot "$root" apt-get update
    chroot "$root" apt-get install -y --no-install-recommends -t trixie-backports \
        rustc cargo rust-src lld libstd-rust-dev libstd-rust-dev:arm64 gcc libc6-dev \
        gcc-aarch64-linux-gnu libc6-dev-arm64-cross gcc-arm-linux-gnueabihf libc6-dev-armhf-cross qemu-user
    chroot "$root" apt-get clean
    touch "$root/.made"
}

[ -e "$root/.made" ] || make_root >&2
[ $# -gt 0 ] || { echo "$root"; exit; }

# A copy, as a container may lack the right to mount. Times are kept, so that only what changed is built again.
rm -rf "$root/src/coact"
mkdir -p "$root/src/coact" "$root/src/target"
git ls-files -z --cached --others --exclude-standard \
    | while IFS= read -r -d '' file; do [ ! -e "$file" ] || printf '%s\0' "$file"; done \
    | tar -c --null -T - | tar -x -C "$root/src/coact"
# zig looks itself up in /proc. It is mounted for this command alone, where that is allowed.
mounted=()
if unshare --mount true 2> /dev/null; then
    mounted=(unshare --mount sh -c 'mount -t proc proc "$0/proc" 2> /dev/null; exec "$@"' "$root")
fi
exec "${mounted[@]}" chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root RUSTC_BOOTSTRAP=1 \
    CARGO_TARGET_DIR=/src/target SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    sh -c 'cd /src/coact && exec "$@"' sh "$@"
