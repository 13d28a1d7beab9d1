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
}

/** What a kind of link, qdisc or filter needs of the kernel. */
export interface Driver {
  readonly name: string
  readonly config: string
  readonly since: string
}
