/** Source: linux/jiffies.h INITIAL_JIFFIES: the counter starts five minutes before it overflows 32 bits. */
const initial = (hz: number): number => 2 ** 32 - 300 * hz
/** CONFIG_HZ of the architectures that the kernel has. Source: kernel/Kconfig.hz, arch/ */
const RATES = [24, 32, 48, 64, 100, 128, 200, 250, 256, 300, 500, 512, 1000, 1024, 1200]

/**
 * Jiffies per second, from both clocks read at one moment: they started together. A machine that slept is told apart still, since
 * neither counts while it sleeps.
 */
export function jiffyRate(jiffies: bigint, monotonicNs: bigint): number {
  const seconds = Number(monotonicNs) / 1e9
  const off = (hz: number): number => Math.abs((Number(jiffies) - initial(hz)) / hz - seconds)
  return RATES.reduce((best, hz) => (off(hz) < off(best) ? hz : best))
}

/** Seconds as the datapath counts: 256 jiffies, rounded up; 0 stays 0. */
export function coarse(seconds: number, hz: number): number {
  return Math.ceil((seconds * hz) / 256)
}
