#!/usr/bin/env bash
# The Debian package of a daemon that was built.
#
#     cross/deb.sh arm64              target/deb/coact_VERSION_arm64.deb from target/linux/aarch64/coact
#     cross/deb.sh armhf              the same from target/linux/armv7/coact
#     cross/deb.sh amd64 [PROGRAM]    the same from target/release/coact, for systems as new as the one that built it
#
# Needs dpkg-deb, readelf and, for another processor than this one, the Debian root that built the program.
set -euo pipefail
cd "$(dirname "$0")/.."

architecture=${1:-arm64}
case $architecture in
arm64) program=${2:-target/linux/aarch64/coact} tools=aarch64-linux-gnu ;;
armhf) program=${2:-target/linux/armv7/coact} tools=arm-linux-gnueabihf ;;
amd64) program=${2:-target/release/coact} tools='' ;;
*) echo "cross/deb.sh: arm64, armhf or amd64, not $architecture" >&2; exit 1 ;;
esac
[ -x "$program" ] || { echo "$program is not there: build it first (cross/linux.sh, cargo build --release)" >&2; exit 1; }

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
chmod 755 "$stage"
put() { # put MODE FILE... FOLDER
    local mode=$1 folder=${*: -1}
    install -d -m 755 "$stage/$folder"
    install -m "$mode" "${@:2:$#-2}" "$stage/$folder/"
}

# The program, stripped; what it prints itself.
install -d -m 755 "$stage/usr" "$stage/usr/bin"
if [ -n "$tools" ]; then
    root=$(cross/root.sh)
    run() { "$root/usr/bin/qemu-${tools%%-*}" -L "$root/usr/$tools" "$program" "$@"; }
    cp "$program" "$root/tmp/coact"
    chroot "$root" "$tools-strip" /tmp/coact
    install -m 755 "$root/tmp/coact" "$stage/usr/bin/coact"
    rm "$root/tmp/coact"
else
    run() { "$program" "$@"; }
    install -m 755 --strip "$program" "$stage/usr/bin/coact"
fi
version=$(run --version | cut -d' ' -f2)
for shell in bash:bash-completion/completions/coact zsh:zsh/vendor-completions/_coact \
    fish:fish/vendor_completions.d/coact.fish; do
    file=$stage/usr/share/${shell#*:}
    install -d -m 755 "$(dirname "$file")"
    run completions "${shell%%:*}" > "$file"
    chmod 644 "$file"
done

# Models and packs as data: what is read at run time, and what says whose they are.
for manifest in models/*/manifest.toml; do
    model=$(dirname "$manifest")
    mapfile -t files < <(sed -n 's/^\(name\|path\) = "\(.*\.\(onnx\|json\)\)"$/\2/p' "$manifest" | sort -u)
    put 644 "${files[@]/#/$model/}" "usr/share/coact/$model"
    put 644 "$manifest" $(find "$model" -maxdepth 1 -name CARD.md -o -maxdepth 1 -name 'LICENSE*') "usr/share/coact/$model"
done
for pack in packs/*/pack.toml; do
    pack=$(dirname "$pack")
    install -d -m 755 "$stage/usr/share/coact/packs"
    cp -r --no-preserve=all "$pack" "$stage/usr/share/coact/packs/"
done

put 644 cross/deb/coact.service lib/systemd/system
put 644 cross/deb/60-coact.rules lib/udev/rules.d
put 644 README.md LICENSE-MIT LICENSE-APACHE THIRD_PARTY.md docs/BOARDS.md docs/THREATS.md usr/share/doc/coact
gzip -9nc CHANGELOG.md > "$stage/usr/share/doc/coact/changelog.gz"
{
    printf 'coact is under the MIT licence or the Apache licence 2.0, at your choice: LICENSE-MIT, LICENSE-APACHE beside\n'
    printf 'this file. What it is linked from: THIRD_PARTY.md. The models: /usr/share/coact/models/*/LICENSE and CARD.md.\n\n'
    cat LICENSE-MIT
} > "$stage/usr/share/doc/coact/copyright"
chmod 644 "$stage"/usr/share/doc/coact/*

# The description to begin with: the demo robot, simulated. It is the owner's from then on.
install -d -m 755 "$stage/etc/coact"
{
    printf '# The robot that coact.service runs. This is the demo robot, simulated: describe yours, check it with\n'
    printf '# `sudo -u coact coact doctor --config /etc/coact/robot.toml --state /var/lib/coact`, then start it with\n'
    printf '# `sudo systemctl enable --now coact`.\n\n'
    cat packs/demo/robot.toml
} > "$stage/etc/coact/robot.toml"
chmod 644 "$stage/etc/coact/robot.toml"

control=$stage/DEBIAN
install -d -m 755 "$control"
install -m 755 cross/deb/postinst cross/deb/prerm cross/deb/postrm "$control"
echo /etc/coact/robot.toml > "$control/conffiles"
cat > "$control/control" << END
Package: coact
Version: $version
Architecture: $architecture
Maintainer: coact maintainers <maintainers@localhost>
Installed-Size: $(du -sk --exclude=DEBIAN "$stage" | cut -f1)
Depends: libc6 (>= $(cross/glibc.sh "$program")), passwd
Recommends: alsa-utils, espeak-ng
Section: misc
Priority: optional
Description: offline ears, eyes and judgement for robots
 Turns what people say and what a camera sees into guarded actions, on the robot's own computer and without a network,
 and drives the motors through a microcontroller on a serial line.
END
(cd "$stage" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | sort -z | xargs -0 md5sum > DEBIAN/md5sums)

mkdir -p target/deb
package=target/deb/coact_${version}_$architecture.deb
# xz is what the oldest dpkg that is promised can unpack.
dpkg-deb --root-owner-group -Zxz --build "$stage" "$package"
