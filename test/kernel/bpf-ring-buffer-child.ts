/**
 * Reads or feeds a ring buffer in a process of its own, over pins: `read RING` reads and never ends by itself,
 * `pause RING` reads until it has seen a record, pauses, and ends when nothing keeps it, `feed PROGRAM REPEAT TIMES` runs a
 * program, and `forget RING` stops watching by its signal.
 */
import { openPinnedMap, openRingBuffer } from '@axoneme/bpf'
import { linux } from '@axoneme/sys/linux'

const sys = linux().unwrap()
const [what = '', path = '', repeat = '', times = ''] = process.argv.slice(2)

function feed(): void {
  const text = new TextEncoder().encode(`${path}\0`)
  const get = new Uint8Array(16)
  new DataView(get.buffer).setBigUint64(0, sys.address(text), true)
  const fd = sys.bpf(7, get)
  const packet = new Uint8Array(64)
  const attr = new Uint8Array(80)
  const view = new DataView(attr.buffer)
  view.setUint32(0, fd, true)
  view.setUint32(8, packet.length, true)
  view.setBigUint64(16, sys.address(packet), true)
  view.setUint32(32, Number(repeat), true)
  for (let time = 0; time < Number(times); time++)
    if (sys.bpf(10, attr) < 0 || text.length + packet.length === 0) throw new Error('bpf(BPF_PROG_TEST_RUN)')
}

function read(): void {
  const ring = openRingBuffer(openPinnedMap(sys, path).unwrap()).unwrap()
  const stop = new AbortController()
  const reader = ring
    .read(
      () => {
        if (what === 'pause') reader.pause()
        if (what === 'forget') stop.abort()
        console.log(`seen, ${ring.available() > 0 ? 'more' : 'nothing'} waits`)
      },
      { signal: stop.signal },
    )
    .unwrap()
}

if (what === 'feed') feed()
else read()
