import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { trackHandles } from '@axoneme/sys'

/** What a test may leave behind, by name. */
interface Snapshot {
  readonly descriptors: ReadonlyMap<string, string>
  readonly namespaces: readonly string[]
  readonly mounts: readonly string[]
}

function names(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function snapshot(): Snapshot {
  const descriptors = new Map<string, string>()
  for (const fd of names('/proc/self/fd')) {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      // the descriptor of the listing itself, and what the engine opens for its own wakes
      if (!target.startsWith('/proc/') && !target.startsWith('anon_inode:[event')) descriptors.set(fd, target)
    } catch {
      // gone already
    }
  }
  return {
    descriptors,
    namespaces: names('/run/netns').filter((name) => name.startsWith('axm-')),
    mounts: readFileSync('/proc/self/mounts', 'utf8')
      .split('\n')
      .map((line) => line.split(' ')[1] ?? '')
      .filter((path) => path.includes('axm-')),
  }
}

/** Call before; what it gives says afterwards what was left behind: nothing, or one line for each thing. */
export function watchLeaks(): () => string[] {
  const before = snapshot()
  const handles = trackHandles()
  return () => {
    const open = handles.open()
    handles.stop()
    const after = snapshot()
    return [
      ...open.map(({ what }) => `handle ${what}`),
      ...[...after.descriptors]
        .filter(([fd, target]) => before.descriptors.get(fd) !== target)
        .map(([fd, target]) => `descriptor ${fd} (${target})`),
      ...after.namespaces.filter((name) => !before.namespaces.includes(name)).map((name) => `network namespace ${name}`),
      ...after.mounts.filter((path) => !before.mounts.includes(path)).map((path) => `mount ${path}`),
    ]
  }
}
