#!/bin/sh
# Runs a README command in a clean Debian 12 made with debootstrap, as a newcomer would: `debootstrap-test.sh FOLDER
# root|user|plain TARGET` (plain: everything was installed before, and there is no sudo). FOLDER holds the base system
# (made once) and the trial's copy; it needs root and some 3 GB. The packages come from wherever this host's apt gets them.
# Prints seconds and the number of packages that were installed.
set -eu
folder=$1 who=$2 target=$3
here=$(cd "$(dirname "$0")/.." && pwd)
base=$folder/base
trial=$folder/trial

mirror=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' 2>/dev/null | head -n 1)
[ -n "$mirror" ] || mirror=$(apt-get indextargets --format '$(SITE)' | head -n 1)
if [ ! -e "$base/etc/debian_version" ]; then
    mkdir -p "$folder"
    debootstrap --variant=minbase --include=ca-certificates bookworm "$base" "$mirror"
fi

unmount() {
    for m in dev/shm dev/pts dev proc sys; do
        umount -l "$trial/$m" 2>/dev/null || true
    done
}
unmount
rm -rf "$trial"
cp -a "$base" "$trial"
trap unmount EXIT
mount -t proc proc "$trial/proc"
mount --rbind /dev "$trial/dev" 2>/dev/null || mount --bind /dev "$trial/dev"
mkdir -p "$trial/dev/shm"
cp /etc/resolv.conf "$trial/etc/resolv.conf"
[ ! -d /etc/apt/apt.conf.d ] || cp -n /etc/apt/apt.conf.d/* "$trial/etc/apt/apt.conf.d/" 2>/dev/null || true
printf 'deb %s bookworm main\n' "$mirror" >"$trial/etc/apt/sources.list"

fail() {
    echo "$*" >&2
    exit 1
}

# Without sudo the script of dependencies ends with 69, names what is missing and how to install it, and installs nothing.
refused_without_sudo() {
    before=$(chroot "$trial" dpkg-query -f '.\n' -W | wc -l)
    status=0
    said=$(chroot "$trial" su newcomer -c 'sh /setup/dependencies.sh' </dev/null 2>&1) || status=$?
    [ "$status" = 69 ] || fail "without sudo: exit $status in place of 69: $said"
    for package in gcc postgresql-15 libevent-dev python3-pytest; do
        case $said in
        *"Run as root: apt-get install --no-install-recommends"*" $package"*) ;;
        *) fail "without sudo: $package is not named: $said" ;;
        esac
    done
    [ "$(chroot "$trial" dpkg-query -f '.\n' -W | wc -l)" = "$before" ] || fail 'without sudo: something was installed'
}

case $who in
root) home=/root run='' ;;
user)
    chroot "$trial" sh -c 'apt-get update -qq && apt-get install -y -qq sudo >/dev/null && useradd -m -s /bin/sh newcomer &&
        echo "newcomer ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/newcomer'
    home=/home/newcomer run='sudo '
    ;;
plain)
    mkdir "$trial/setup"
    cp "$here/deploy/dependencies.sh" "$trial/setup"
    chroot "$trial" sh -c 'apt-get update -qq && apt-get install -y -qq make >/dev/null && useradd -m -s /bin/sh newcomer'
    refused_without_sudo
    chroot "$trial" sh /setup/dependencies.sh >/dev/null
    home=/home/newcomer run='true '
    ;;
esac
git clone -q "$here" "$trial$home/creditd"
[ "$who" = root ] || chroot "$trial" chown -R newcomer: "$home/creditd"
before=$(chroot "$trial" dpkg-query -f '.\n' -W | wc -l)
started=$(date +%s)
script="cd $home/creditd && ${run}apt-get update -qq && ${run}apt-get install -y -qq make >/dev/null && make $target"
status=0
if [ "$who" = root ]; then
    chroot "$trial" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME="$home" LANG=C sh -c "$script" </dev/null || status=$?
else
    chroot "$trial" su - newcomer -c "$script" </dev/null || status=$?
fi
after=$(chroot "$trial" dpkg-query -f '.\n' -W | wc -l)
echo "make $target as $who: exit $status, $(($(date +%s) - started)) seconds, $((after - before)) packages installed"
[ ! -e "$trial/etc/postgresql/15/main" ] || fail 'a cluster was made that nobody asked for'
[ "$target" != demo ] || chroot "$trial" sh -c "cd $home/creditd && make demo-stop" || true
exit "$status"
