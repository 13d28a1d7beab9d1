import type { Result } from '@axoneme/sys'
import type { NetlinkError } from '../errors.js'
import { type Frame, type MessageKind, NLMSG_HDRLEN, readMessage } from '../wire/index.js'
import type { Connection } from './connection.js'
import { dump, type ExchangeOptions, execute, executeAll } from './exchange.js'
import type { Request } from './request.js'

/** A connection that its users take in turns: an exchange is finished before the next begins. */
export class Session {
  private last: Promise<unknown> = Promise.resolve()

  constructor(private readonly connection: Connection) {}

  /** Runs one exchange when those before it are over. */
  private inTurn<T>(exchange: () => Promise<Result<T, NetlinkError>>): Promise<Result<T, NetlinkError>> {
    const turn = this.last.then(exchange, exchange)
    this.last = turn.catch(() => undefined)
    return turn
  }

  execute(request: Request, options?: ExchangeOptions): Promise<Result<void, NetlinkError>> {
    return this.inTurn(() => execute(this.connection, request, undefined, options))
  }

  /** How many requests were carried out. */
  executeAll(requests: readonly Request[], options?: ExchangeOptions): Promise<Result<number, NetlinkError>> {
    return this.inTurn(() => executeAll(this.connection, requests, options))
  }

  /** The first message of the answer, decoded; undefined when there is none. */
  ask<M>(request: Request, options?: ExchangeOptions): Promise<Result<M | undefined, NetlinkError>> {
    return this.inTurn(async () => {
      let first: M | undefined
      const asked = await execute(
        this.connection,
        request,
        (bytes, frame) => {
          first ??= decode<M>(request.kind, bytes, frame)
        },
        options,
      )
      return asked.map(() => first)
    })
  }

  /** Every message of a dump, through `view`; undefined leaves one out. */
  list<M, V>(request: Request, view: (message: M) => V | undefined, options?: ExchangeOptions): Promise<Result<V[], NetlinkError>> {
    return this.inTurn(async () => {
      let views: V[] = []
      const listed = await dump(
        this.connection,
        request,
        () => {
          views = []
        },
        (bytes, frame) => {
          const shown = view(decode<M>(request.kind, bytes, frame))
          if (shown !== undefined) views.push(shown)
        },
        options,
      )
      return listed.map(() => views)
    })
  }

  /** Closes the socket; exchanges that wait for their turn answer that it is closed. */
  close(): void {
    this.connection.close()
  }
}

function decode<M>(kind: MessageKind, bytes: Uint8Array, frame: Frame): M {
  return readMessage(kind, bytes, frame.start + NLMSG_HDRLEN, frame.end) as M
}
