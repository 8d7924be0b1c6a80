#!/bin/sh
# An installation under another prefix finds its own files, is hardened, and keeps what an administrator has edited. BUILD
# names the build folder.
set -eu
cd "$(dirname "$0")/../.."
place=$(mktemp -d /var/tmp/creditd-installed.XXXXXX)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place" # started by root, --embedded runs as another user
fail() {
    echo "installed: $1" >&2
    exit 1
}
install() { make -s BUILD="${BUILD:-build}" install DESTDIR="$place" PREFIX=/usr >"$place/install.log" 2>&1 ||
    { cat "$place/install.log" && fail 'make install'; }; }

install
"$place/usr/bin/creditctl" --lang zh_CN help exit-codes | grep -q 未找到 || fail 'creditctl does not find its catalogue'
mkdir "$place/db"
[ "$(id -u)" -ne 0 ] || chown postgres "$place/db"
"$place/usr/bin/creditd" --embedded "$place/db" --policy "$place/etc/creditd/policy.cfg" --migrate 2>"$place/migrate.log" |
    grep -q '^schema version ' || { cat "$place/migrate.log" && fail 'creditd does not find its migrations'; }
for program in creditd creditctl; do
    file=$place/usr/bin/$program
    readelf -h "$file" | grep -q 'Type: *DYN' || fail "$program is not position independent"
    readelf -d "$file" | grep -q 'BIND_NOW\|NOW' || fail "$program is bound lazily"
    readelf -lW "$file" | grep -q 'GNU_RELRO' || fail "$program has no relro"
    readelf -lW "$file" | grep 'GNU_STACK' | grep -q 'RW ' || fail "$program has an executable stack"
    readelf -sW "$file" | grep -q '__stack_chk_fail' || fail "$program has no stack protector"
    readelf -sW "$file" | grep -q '_chk@' || fail "$program is not fortified"
done
! ldd "$place/usr/bin/creditctl" | grep -q libpq || fail 'creditctl is linked with libpq'
echo '// edited' >>"$place/etc/creditd/policy.cfg"
install
grep -q edited "$place/etc/creditd/policy.cfg" || fail 'an edited policy was overwritten'
! grep -q edited "$place/etc/creditd/policy.cfg.new" || fail 'the new policy is not beside the edited one'
echo 'installed: ok'
