import type { MessageKind } from '../wire/index.js'

/** One message to the kernel, and what is needed to explain its refusal. */
export interface Request {
  /** what it attempts, for messages: `create link vx0` */
  readonly what: string
  readonly kind: MessageKind<any, any>
  readonly type: number
  /** NLM_F_CREATE and its like; REQUEST, ACK and DUMP are put on by the transport */
  readonly flags: number
  readonly message: object
  /** the driver whose absence may be why: `{ name: 'geneve', config: 'CONFIG_GENEVE', since: '4.2' }` */
  readonly driver?: Driver | undefined
  /** what the caller can do about an errno, beyond the general hints */
  readonly hints?: Readonly<Record<number, string>> | undefined
  /** where the caller gave what the message has under another name: `{ 'linkinfo.data': 'data' }` */
  readonly given?: Readonly<Record<string, string>> | undefined
}

/** The caller's name for a place in the message: the longest beginning that `given` knows is put in its words. */
export function givenPath(given: Request['given'], path: string): string {
  if (given === undefined) return path
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const begin = path.slice(0, end)
    if (Object.hasOwn(given, begin)) return `${given[begin]}${path.slice(end)}`
  }
  return path
}

/** What a kind of link, qdisc or filter needs of the kernel. */
export interface Driver {
  readonly name: string
  readonly config: string
  readonly since: string
}
