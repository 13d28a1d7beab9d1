#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc; $b mount -t sysfs sysfs /sys; $b mount -t devtmpfs dev /dev
for m in $($b cat /boot.list); do $b insmod /mod/$m || echo "vmrun-init: insmod $m failed"; done
. /run.env
fail() { echo "vmrun-init: $*"; $b reboot -f; }
P=trans=virtio,version=9p2000.L,msize=512000,access=any
$b mount -t 9p -o ro,cache=loose,$P host /host || fail no host files
$b mount -t tmpfs -o mode=755 tmpfs /up && $b mkdir /up/u /up/w
$b mount -t overlay -o lowerdir=/host,upperdir=/up/u,workdir=/up/w root /new || fail no overlay
for d in proc sys dev run tmp; do [ -d /new/$d ] || $b mkdir -p /new/$d; done
$b mount -t tmpfs -o mode=755 run /new/run; $b mount -t tmpfs -o mode=1777 tmp /new/tmp
$b mkdir -p /new/run/vmrun /new/run/lock /new/run/netns /new/lib/modules
$b cp $b /new/run/vmrun/busybox; $b ln -s busybox /new/run/vmrun/modprobe; $b cp /stage2 /run.env /cmd /new/run/vmrun/
[ -e "/new/lib/modules/$($b uname -r)" ] || $b ln -s "$VMRUN_MODULES" "/new/lib/modules/$($b uname -r)"
n=0; for d in $VMRUN_TMPBIND; do n=$((n+1)); $b mkdir -p "/new$d" /up/b$n/u /up/b$n/w; $b mount -t overlay -o "lowerdir=/host$d,upperdir=/up/b$n/u,workdir=/up/b$n/w" b$n "/new$d" || fail no $d; done
n=0; for d in $VMRUN_RW; do $b mkdir -p "/new$d"; $b mount -t 9p -o rw,cache=none,$P rw$n "/new$d" || fail no rw $d; n=$((n+1)); done
$b mount --move /proc /new/proc; $b mount --move /sys /new/sys; $b mount --move /dev /new/dev
exec $b switch_root /new /run/vmrun/busybox sh /run/vmrun/stage2
