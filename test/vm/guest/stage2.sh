b=/run/vmrun/busybox
mkd() { $b mkdir -p "$@" 2>/dev/null; }
mkd /dev/pts /dev/shm /dev/net; [ -e /dev/net/tun ] || $b mknod /dev/net/tun c 10 200; $b mount -t devpts devpts /dev/pts; $b mount -t tmpfs shm /dev/shm
$b ln -sf /proc/self/fd /dev/fd; $b ln -sf /proc/self/fd/0 /dev/stdin; $b ln -sf /proc/self/fd/1 /dev/stdout; $b ln -sf /proc/self/fd/2 /dev/stderr
$b mount -t cgroup2 cgroup2 /sys/fs/cgroup; $b mount -t bpf bpf /sys/fs/bpf
$b mount -t tracefs tracefs /sys/kernel/tracing; $b mount -t debugfs debugfs /sys/kernel/debug
echo /run/vmrun/modprobe > /proc/sys/kernel/modprobe
$b ip link set lo up; $b hostname vmrun
for c in /sys/fs/cgroup/cgroup.subtree_control; do echo "+cpu +memory +pids" > $c; done 2>/dev/null
. /run/vmrun/run.env
for m in $VMRUN_PRELOAD; do /run/vmrun/modprobe $m || echo "vmrun-init: modprobe $m failed"; done
i=0; while set -- /dev/vport*p3; [ ! -c "$1" ] && [ $i -lt 200 ]; do $b usleep 20000; i=$((i+1)); done
p=${1%3}
$b mkfifo /run/vmrun/o /run/vmrun/e
$b cat /run/vmrun/o > ${p}1 & c1=$!
$b cat /run/vmrun/e > ${p}2 & c2=$!
exec 3> ${p}3
# should the host's side be killed, the machine still ends
{ $b sleep $VMRUN_LIMIT; $b reboot -f; } 3>&- &
echo "start $($b cut -d' ' -f1 /proc/uptime)" >&3
$b setsid /bin/sh /run/vmrun/cmd > /run/vmrun/o 2> /run/vmrun/e < /dev/null 3>&-
rc=$?
i=0; while { $b kill -0 $c1 || $b kill -0 $c2; } 2>/dev/null && [ $i -lt 100 ]; do $b usleep 20000; i=$((i+1)); done
echo "exit $rc $($b cut -d' ' -f1 /proc/uptime)" >&3
$b sync; $b reboot -f
