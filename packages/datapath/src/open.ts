import {
  type BpfCallError,
  type Collection,
  type CollectionSpec,
  type LoadOptions,
  type MapInfo,
  mapIn,
  openRingBuffer,
  parseObject,
  type RingBuffer,
  type WalkError,
} from '@axoneme/bpf'
import { Err, Ok, type Result, type Sys } from '@axoneme/sys'
import { coarse, jiffyRate } from './clock.js'
import {
  configFault,
  type DatapathConfig,
  type DatapathSizes,
  DEFAULT_ENDPOINTS,
  defaultTimeouts,
  type EventSettings,
  type FlowTimeouts,
  noEvents,
  sizedMaps,
} from './config.js'
import type { OpenError } from './errors.js'
import {
  clockAnswer,
  datapathPrograms,
  type Event,
  EventType,
  event as eventCodec,
  loadDatapath,
  maps,
  type PolicyWord,
  policyWord,
  setPolicyArgs,
  type Variables,
} from './generated/datapath.generated.js'
import { countersOf, type Metric } from './metrics.js'
import { readObject } from './object.js'
import { agreeOnLayouts, type Migration, pinNames } from './pins.js'
import { type Pressure, pressureOf } from './pressure.js'

export interface OpenOptions extends DatapathConfig {
  /** folder in a bpf file system: maps are pinned there and taken from there; absent: they live as long as this process and what is attached */
  readonly pins?: string
  /** for pinned maps of an older layout */
  readonly migrations?: readonly Migration[]
  /** maps of the caller's own to be used instead, by C name: a flow table that is a plain hash, one that is shared; they stay the caller's */
  readonly maps?: NonNullable<LoadOptions['maps']>
}

type LoadPins = Pick<LoadOptions, 'pinFolder' | 'pinned'>
type Views = {
  readonly [K in Exclude<keyof typeof maps, 'events'>]: ReturnType<(typeof maps)[K]> extends Result<infer V, infer _> ? V : never
}
type Programs = { readonly [K in keyof typeof datapathPrograms]: NonNullable<ReturnType<(typeof datapathPrograms)[K]>> }

/**
 * The datapath's programs and maps, loaded. Nothing is attached and every map is as its pin had it, or empty: it forwards nothing until it
 * is told.
 *
 * @lifetime until `close()`; what is attached, and pinned maps, stay
 */
export class Datapath implements Disposable {
  readonly maps: Views
  /** what the programs tell, where `EventSettings` ask for it */
  readonly events: RingBuffer<Event>
  readonly programs: Programs

  private constructor(
    readonly collection: Collection,
    /** jiffies per second */
    readonly hz: number,
  ) {
    const views: Record<string, unknown> = {}
    for (const [name, open] of Object.entries(maps))
      if (name !== 'events') views[name] = (open(collection) as Result<unknown, BpfCallError>).unwrap()
    this.maps = views as Views
    this.events = mapIn(collection, 'axm_events')
      .andThen((handle) => openRingBuffer(handle, { codec: eventCodec, lost: () => Number(this.unsent()) }))
      .unwrap()
    const programs: Record<string, unknown> = {}
    for (const [name, find] of Object.entries(datapathPrograms)) programs[name] = find(collection)
    this.programs = programs as Programs
  }

  /**
   * Over a collection of the object that is loaded already; it is the datapath's from now on.
   *
   * @errors bpf.refused · sys.closed · permission.denied
   */
  static of(collection: Collection): Result<Datapath, BpfCallError> {
    const clock = datapathPrograms.clock(collection)
    const ran = clock?.testRun({ context: new Uint8Array(clockAnswer.sizeBytes) })
    if (ran === undefined) throw new Error('the object has no clock')
    if (ran.isErr()) return Err(ran.error)
    const { jiffies, monotonicNs } = clockAnswer.read(ran.value.context as Uint8Array, 0)
    return Ok(new Datapath(collection, jiffyRate(jiffies, monotonicNs)))
  }

  /**
   * Sets which tables judge an endpoint, and their revision: one store, seen whole by the next packet. Another revision makes every flow of
   * the endpoint be judged again.
   *
   * @errors bpf.refused · sys.closed · permission.denied
   */
  setPolicy(slot: number, policy: PolicyWord): Result<void, BpfCallError> {
    const args = new Uint8Array(setPolicyArgs.sizeBytes)
    const word = new Uint8Array(8)
    policyWord.write(policy, word, 0)
    setPolicyArgs.write({ slot, word: new DataView(word.buffer).getBigUint64(0, true) }, args, 0)
    const ran = this.programs.setPolicy.testRun({ context: args })
    return ran.isErr() ? Err(ran.error) : Ok(undefined)
  }

  /**
   * How long a flow may be idle, and what is told of flows; both hold from the next packet on.
   *
   * @errors bpf.refused · sys.closed · permission.denied
   */
  set(timeouts: FlowTimeouts, events: EventSettings): ReturnType<Views['settings']['update']> {
    const seconds = (value: number): number => coarse(value, this.hz)
    return this.maps.settings.update(0, {
      events:
        (events.drops ? 1 << EventType.AXM_EVENT_DROP : 0) |
        (events.verdicts ? 1 << EventType.AXM_EVENT_VERDICT : 0) |
        (events.traces ? 1 << EventType.AXM_EVENT_TRACE : 0),
      budget: events.budget,
      reportEvery: seconds(events.reportEvery),
      tcpOpening: seconds(timeouts.tcpOpening),
      tcp: seconds(timeouts.tcp),
      tcpClosing: seconds(timeouts.tcpClosing),
      udp: seconds(timeouts.udp),
      other: seconds(timeouts.other),
    })
  }

  /**
   * Packets and bytes by what became of them, over all CPUs; only what is not zero.
   *
   * @errors bpf.interrupted · bpf.refused · sys.closed
   */
  metrics(): Result<Metric[], WalkError> {
    return countersOf(this.maps.metrics)
  }

  /**
   * How full the flow tables are, and what did not fit. Walks both tables.
   *
   * @errors bpf.interrupted · bpf.refused · sys.closed
   */
  pressure(): Result<Pressure, WalkError | BpfCallError> {
    return pressureOf(this.maps)
  }

  /** Events that were not sent since the programs were loaded: the budget was spent or nobody read. Of flows told of in the same second none is counted. */
  unsent(): bigint {
    const budgets = this.maps.eventBudgets.lookup(0)
    if (budgets.isErr()) return 0n
    return (budgets.value ?? []).reduce((sum, { unsent }) => unsent.reduce((all, each) => all + each, sum), 0n)
  }

  /**
   * Kernel memory of each map, in bytes, as the kernel accounts it.
   *
   * @errors bpf.refused · sys.closed
   */
  memory(): Result<ReadonlyMap<string, number>, BpfCallError> {
    const all = new Map<string, number>()
    for (const [name, handle] of this.collection.maps) {
      const info: Result<MapInfo, BpfCallError> = handle.info()
      if (info.isErr()) return Err(info.error)
      all.set(name, info.value.memoryBytes ?? 0)
    }
    return Ok(all)
  }

  close(): void {
    this.events.close()
    this.collection.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }
}

function variablesOf(config: DatapathConfig): Variables {
  return {
    endpointMask: (config.sizes?.endpoints ?? DEFAULT_ENDPOINTS) - 1,
    tunnelIfindex: config.tunnelIfindex,
    gateway4: config.gateway4,
    gateway6: config.gateway6,
    node4: config.node4,
    node6: config.node6,
    hostRouting: config.hostRouting === true ? 1 : 0,
    outsideMtu: config.outsideMtu,
  }
}

function entriesOf(sizes: DatapathSizes): Record<string, number> {
  const entries: Record<string, number> = {}
  for (const [name, value] of Object.entries(sizes) as [keyof DatapathSizes, number | undefined][])
    if (value !== undefined) for (const map of sizedMaps[name]) entries[map] = value
  return entries
}

function sized(spec: CollectionSpec, sizes: DatapathSizes): CollectionSpec {
  const entries = entriesOf(sizes)
  return { ...spec, maps: spec.maps.map((map) => ({ ...map, maxEntries: entries[map.name] ?? map.maxEntries })) }
}

/**
 * Loads the datapath, with new maps or those that are pinned.
 *
 * @errors input.invalid · datapath.layout-changed · bpf.map-incompatible (a pinned map of another size) · bpf.program-rejected · bpf.refused · permission.denied · sys.failed
 * @source c/datapath.bpf.c; Linux 6.1 or newer
 */
export function openDatapath(sys: Sys, options: OpenOptions = {}): Result<Datapath, OpenError> {
  const fault = configFault(options)
  if (fault !== undefined) return Err(fault)
  const object = readObject()
  const { pins, sizes = {} } = options
  let pinned: LoadPins = {}
  if (pins !== undefined) {
    const spec = parseObject(object)
    if (spec.isErr()) return Err(spec.error)
    const agreed = agreeOnLayouts(sys, sized(spec.value, sizes), pins, options.migrations ?? [])
    if (agreed.isErr()) return Err(agreed.error)
    pinned = { pinFolder: pins, pinned: pinNames(spec.value) }
  }
  const loaded = loadDatapath(sys, object, {
    variables: variablesOf(options),
    maxEntries: entriesOf(sizes),
    ...(options.maps === undefined ? {} : { maps: options.maps }),
    ...pinned,
  })
  if (loaded.isErr()) return Err(loaded.error)
  const datapath = Datapath.of(loaded.value)
  if (datapath.isErr()) {
    loaded.value.close()
    return Err(datapath.error)
  }
  const set = datapath.value.set(options.timeouts ?? defaultTimeouts, options.events ?? noEvents)
  if (set.isErr()) {
    datapath.value.close()
    return Err(set.error)
  }
  return datapath
}
