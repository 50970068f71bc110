#!/bin/sh
# Runs a trial on the machine that is the folder: sandbox.sh FOLDER CORD VERSION BINFMT (or an empty word). Within
# namespaces of its own (unshare --user --map-root-user --mount --pid --net --fork), so that what it mounts, registers,
# listens on and starts is gone with it, and the machine around it has neither.
set -eu
machine=$1 cord=$2 version=$3 binfmt=$4

"$machine/bin/busybox" ip link set lo up
mount --bind "$machine" "$machine"
mount -t proc proc "$machine/proc"
mount -t tmpfs -o mode=1777 tmpfs "$machine/tmp"
mount -t tmpfs -o mode=755 tmpfs "$machine/dev"
mkdir "$machine/dev/shm"
for name in null zero random urandom tty; do
  : >"$machine/dev/$name"
  mount --bind "/dev/$name" "$machine/dev/$name"
done
if [ -n "$binfmt" ]; then
  # a mount in a user namespace of its own has handlers of its own (Linux 6.7)
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  printf '%s' "$binfmt" >/proc/sys/fs/binfmt_misc/register
fi
cd "$machine/home"
exec chroot "$machine" /bin/env -i PATH=/bin HOME=/home WAIT="$WAIT" EMULATED="$binfmt" /bin/sh /started.sh "/bin/$cord" "$version"
