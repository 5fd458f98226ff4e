#!/usr/bin/env bash
# The arm64 package in the oldest system that it promises to run on (Debian 11, C library 2.31), emulated: installs it
# there, looks at the set-up, reads, sees, drives, and does again what other computers recorded.
#
#     cross/oldest.sh [JOURNAL...]      after cross/linux.sh aarch64 and cross/deb.sh arm64
#     cross/oldest.sh run COMMAND...    runs a command in that system
#
# As root, in COACT_OLDEST or target/cross/oldest; half a gigabyte. The kernel is told to run the other processor's
# programs by the emulator of cross/root.sh for as long as this script runs.
set -euo pipefail
cd "$(dirname "$0")/.."
emulator=$(cross/root.sh)/usr/bin/qemu-aarch64
oldest=${COACT_OLDEST:-$PWD/target/cross/oldest}
programs=/proc/sys/fs/binfmt_misc

[ -e "$programs/register" ] || mount -t binfmt_misc binfmt_misc "$programs"
entry=coact-aarch64-$$
# Which files are meant: the first twenty bytes of an ELF program for this processor (Linux: binfmt-misc.rst).
printf '%s' ":$entry:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:$emulator:F" \
    > "$programs/register"
trap 'echo -1 > "$programs/$entry"' EXIT

there() {
    unshare --mount --pid --fork --kill-child sh -c \
        'mount -t proc proc "$0/proc"; mount -t devpts devpts "$0/dev/pts"; exec chroot "$0" "$@"' \
        "$oldest" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"
}

if [ ! -e "$oldest/.made" ]; then
    rm -rf "$oldest"
    mkdir -p "$oldest"
    debootstrap --arch=arm64 --foreign --variant=minbase bullseye "$oldest"
    there /debootstrap/debootstrap --second-stage
    touch "$oldest/.made"
fi
if [ "${1:-}" = run ]; then
    shift
    there "$@"
    exit
fi

step() { printf '\n== %s\n' "$*"; }
step "installing $(echo target/deb/coact_*_arm64.deb)"
cp target/deb/coact_*_arm64.deb "$oldest/tmp/coact.deb"
there dpkg --install /tmp/coact.deb
there sh -c 'ldd --version | head -n 1; id coact; ls -ld /var/lib/coact; uname -m'
there setpriv --reuid coact --regid coact --init-groups \
    coact doctor --config /etc/coact/robot.toml --state /var/lib/coact
there coact models verify
there coact parse 'go to the kitchen and bring me the red cup'
cp packs/demo/photos/two_cups.jpg "$oldest/tmp/"
there coact see /tmp/two_cups.jpg
step 'driving, without a camera: an emulated detector is too slow for a fresh picture, and without one nothing drives'
sed '/^\[camera\]/,/^$/d' packs/demo/robot.toml > "$oldest/tmp/robot.toml"
there sh -e << 'END'
coact run --config /tmp/robot.toml --state /tmp/state -v < /dev/null 2>&1 &
for _ in $(seq 60); do coact --state /tmp/state status > /tmp/status 2>&1 && break; sleep 1; done
coact --state /tmp/state tell --follow go to the kitchen and switch on the light > /tmp/told
coact --state /tmp/state tell go to the hall > /tmp/told
sleep 2
coact --state /tmp/state stop
kill -TERM $!
wait $!
for journal in /tmp/state/journal/*.coact; do coact replay "$journal"; done
END
rm -rf "$oldest/tmp/state"
for journal in "$@"; do
    step "doing again what $(basename "$journal") holds"
    cp "$journal" "$oldest/tmp/"
    there coact replay "/tmp/$(basename "$journal")"
done
