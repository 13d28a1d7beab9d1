/** One boot of one kernel, to run one command in it. */
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { die, qemu } from './debian.mjs'
import { cpio, file, INIT, STAGE2 } from './initramfs.mjs'
import { prepareKernel } from './kernel.mjs'

const shq = (s) => `'${String(s).replace(/'/g, `'\\''`)}'`

/**
 * Boots and runs; sets the process's exit status to the command's, 124 at the time limit, 125 when the machine failed.
 *
 * @param kernel 6.1, 6.12 or a package name
 * @param cmd the command and its arguments
 * @param opt the options of the command line
 */
export function runInMachine(kernel, cmd, opt) {
  const home = prepareKernel(kernel),
    q = qemu(),
    mmio = opt.machine === 'microvm',
    D = mmio ? 'device' : 'pci'
  const work = fs.mkdtempSync(path.join(os.tmpdir(), 'vmrun.'))
  process.on('exit', () => fs.rmSync(work, { recursive: true, force: true }))
  const env = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', HOME: '/root', LANG: 'C.UTF-8', VMRUN: kernel }
  for (const k of ['CI', 'NODE_OPTIONS', 'NODE_PATH', 'FORCE_COLOR', 'NO_COLOR']) if (process.env[k]) env[k] = process.env[k]
  for (const e of opt.env) {
    const i = e.indexOf('=')
    env[e.slice(0, i)] = e.slice(i + 1)
  }
  const rw = opt.rw.map((d) => fs.realpathSync(d))
  for (const d of rw) if (/\s/.test(d)) die(`--rw ${d}: no spaces, please`, 2)
  // the guest has its own /tmp and /run: whatever of the host's is needed there is laid back, under an overlay too
  const back = [...new Set([opt.cwd, path.join(home, 'modules')].filter((d) => /^\/(tmp|run)\/./.test(d)))]
  // not in the kernel's cache: these change with the checkout
  const seg = cpio([
    file('init', INIT),
    file('stage2', STAGE2),
    file(
      'run.env',
      `VMRUN_LIMIT=${Math.ceil(opt.timeout) + 5}\nVMRUN_MODULES=${shq(path.join(home, 'modules'))}\nVMRUN_RW=${shq(rw.join(' '))}\nVMRUN_TMPBIND=${shq(back.join(' '))}\nVMRUN_PRELOAD=${shq(opt.modules.replace(/,/g, ' '))}\n`,
    ),
    file(
      'cmd',
      `${Object.entries(env)
        .map(([k, v]) => `export ${k}=${shq(v)}`)
        .join('\n')}\nulimit -l unlimited; ulimit -n 65536\ncd ${shq(opt.cwd)} || exit 125\nexec ${cmd.map(shq).join(' ')}\n`,
    ),
  ])
  fs.writeFileSync(path.join(work, 'initrd'), Buffer.concat([fs.readFileSync(path.join(home, 'initrd.cpio')), seg]))
  const conlog = opt.console ? path.resolve(opt.console) : path.join(work, 'console')
  const params = [
    'console=ttyS0',
    'loglevel=4',
    'panic=-1',
    'oops=panic',
    'reboot=t',
    'mitigations=off',
    'nokaslr',
    'no5lvl',
    'random.trust_cpu=on',
    'cryptomgr.notests',
    'audit=0',
    'apparmor=0',
    'selinux=0',
    'nowatchdog',
    'rcupdate.rcu_expedited=1',
    'rcutree.gp_init_delay=0',
    'no_timer_check',
    'tsc=reliable',
    '8250.nr_uarts=1',
    opt.append,
  ]
  // microvm has neither HPET nor PM timer, and the PIT calibration fails on a busy host: hand the guest the host's TSC rate
  if (mmio)
    params.push(
      `tsc_early_khz=${Math.round(1000 * Number((fs.readFileSync('/proc/cpuinfo', 'utf8').match(/cpu MHz\s*: ([\d.]+)/) || [0, 2500])[1]))}`,
    )
  const args = [
    ...q.pre,
    '-nodefaults',
    '-no-user-config',
    '-display',
    'none',
    '-nic',
    'none',
    '-no-reboot',
    '-m',
    String(opt.mem),
    '-smp',
    String(opt.cpus),
    '-M',
    mmio ? 'microvm,acpi=on,pit=on,pic=on,rtc=on,x-option-roms=off,isa-serial=on' : opt.machine,
    '-accel',
    opt.accel === 'tcg' ? `tcg,thread=${opt.threads},tb-size=512` : opt.accel,
    '-cpu',
    opt.cpu || (opt.accel === 'tcg' ? 'max,-la57' : 'host'),
    '-kernel',
    path.join(home, 'kernel'),
    '-initrd',
    path.join(work, 'initrd'),
    '-append',
    params.join(' '),
    '-chardev',
    `file,id=con,path=${conlog}`,
    '-serial',
    'chardev:con',
    '-device',
    `virtio-rng-${D}`,
    '-fsdev',
    'local,id=host,path=/,security_model=none,readonly=on,multidevs=remap',
    '-device',
    `virtio-9p-${D},fsdev=host,mount_tag=host`,
    '-device',
    `virtio-serial-${D}`,
  ]
  for (const [i, d] of rw.entries()) {
    args.push('-fsdev', `local,id=rw${i},path=${d},security_model=none,multidevs=remap`)
    args.push('-device', `virtio-9p-${D},fsdev=rw${i},mount_tag=rw${i}`)
  }
  for (const [i, n] of ['out', 'err', 'ctl'].entries())
    args.push('-chardev', `socket,id=${n},fd=${i + 3}`, '-device', `virtserialport,chardev=${n},nr=${i + 1},name=${n}`)

  const t0 = Date.now()
  let vm,
    late = false
  const stop = () => {
    vm.kill('SIGTERM')
    const v = vm
    setTimeout(() => v.kill('SIGKILL'), 3000).unref()
  }
  const timer = setTimeout(() => {
    late = true
    stop()
  }, opt.timeout * 1000)
  for (const s of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.on(s, () => {
      stop()
      setTimeout(() => process.exit(130), 3500)
    })
  function boot(left) {
    vm = spawn(q.bin, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe'], env: { ...process.env, ...q.env } })
    let ctl = '',
      qerr = '',
      tStart = 0
    // no sign of the command after 60 s: that boot hangs
    const stuck = setTimeout(() => {
      if (!tStart && left > 0) stop()
    }, 60000)
    vm.stdio[3].on('data', (d) => process.stdout.write(d))
    vm.stdio[4].on('data', (d) => process.stderr.write(d))
    vm.stdio[5].on('data', (d) => {
      ctl += d
      if (!tStart && ctl.includes('start')) tStart = Date.now()
    })
    vm.stdio[2].on('data', (d) => {
      qerr += d
    })
    for (const s of vm.stdio) if (s) s.on('error', () => {})
    vm.on('error', (e) => die(`qemu: ${e.message}`))
    vm.on('close', (code, sig) => {
      clearTimeout(stuck)
      const m = ctl.match(/exit (\d+) (\S+)/),
        s = ctl.match(/start (\S+)/),
        end = Date.now()
      let log = ''
      try {
        log = fs.readFileSync(conlog, 'utf8')
      } catch {
        /* none */
      }
      if (!tStart && !late && left > 0) {
        process.stderr.write(
          `vmrun: boot failed before the command began (${(log.match(/Oops.*|Kernel panic.*|vmrun-init: .*/) || [`qemu ${code ?? sig} ${qerr}`])[0].trim()}); again\n`,
        )
        return boot(left - 1)
      }
      clearTimeout(timer)
      const bad = log
        .split('\n')
        .filter((l) => /BUG:|WARNING:|Oops|soft lockup|rcu_.*stall/.test(l))
        .slice(0, 5)
      if (opt.times)
        process.stderr.write(
          `vmrun: boot ${tStart ? ((tStart - t0) / 1000).toFixed(2) : '-'} s, command ${m && s ? (m[2] - s[1]).toFixed(2) : '-'} s (guest clock), whole ${((end - t0) / 1000).toFixed(2)} s\n`,
        )
      if (bad.length) process.stderr.write(`vmrun: the kernel complained:\n${bad.join('\n')}\n`)
      for (const l of log.split('\n')) if (l.includes('vmrun-init:')) process.stderr.write(`${l}\n`)
      const tail = log.split('\n').slice(-40).join('\n')
      if (late) {
        process.stderr.write(`vmrun: time limit of ${opt.timeout} s\n${tail}\n`)
        process.exitCode = 124
      } else if (m) process.exitCode = Number(m[1])
      else {
        process.stderr.write(`vmrun: no exit status (qemu ${code ?? sig})\n${qerr}${tail}\n`)
        process.exitCode = 125
      }
    })
  }
  boot(opt.retries)
}
