/** What runs in the guest before the tests: everything is in memory, nothing is written to a disk. */

/** On the console when the kernel has come up: a guest that never printed it may be started again. */
export const INIT_MARKER = 'INIT';
/** In the image: the second script, and the command that it runs. */
export const START_PATH = '/start';
export const TESTS_PATH = '/tests';

/** /init of the initramfs: loads modules, mounts the image read-only below a tmpfs, goes there. */
export function initScript(): string {
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
exec </dev/ttyS0 >/dev/ttyS0 2>&1
echo ${INIT_MARKER}
while read module; do insmod /modules/$module; done </modules/list
mount -t ext4 -o ro /dev/vda /lower || echo 'the image cannot be mounted'
mount -t tmpfs tmpfs /upper
mkdir /upper/files /upper/work
mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root
exec switch_root /root ${START_PATH}
`;
}

/** Results go to the second serial port, everything else to the console. The guest ends with the tests. */
export function startScript(): string {
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /tmp
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t bpf bpf /sys/fs/bpf
ip link set lo up
exec 3>/dev/ttyS1
stty -F /dev/ttyS1 raw 2>/dev/null
${TESTS_PATH} >&3
poweroff -f
`;
}
