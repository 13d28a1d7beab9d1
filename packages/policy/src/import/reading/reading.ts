import type { PolicyProblem } from '../../errors.js'
import type { Source } from '../../rule/source.js'
import { formatPath } from '../../schema/define.js'
import type { OnWarning, Settings } from '../options.js'
import type { DocumentPath, SourceDocument } from './source-document.js'

/** One document being read: what was found wrong, and from where in it each made node came. Paths are whole, from the root. */
export class Reading {
  readonly problems: PolicyProblem[] = []
  readonly #origins = new WeakMap<object, DocumentPath>()
  readonly #warn: OnWarning

  constructor(
    readonly document: SourceDocument,
    readonly settings: Settings,
  ) {
    this.#warn = settings.onWarning
  }

  problem(path: DocumentPath, message: string): void {
    this.problems.push(this.#at(path, message, this.document.place(path)))
  }

  /** The path ends in a key that should not be there. */
  unknownKey(path: DocumentPath, message: string): void {
    const told = this.#at(path, message, this.document.placeOfKey(path))
    if (this.settings.unknownFields === 'warning') this.#warn(told)
    else this.problems.push(told)
  }

  warn(path: DocumentPath, message: string): void {
    this.#warn(this.#at(path, message, this.document.place(path)))
  }

  /** Remembers where a node came from, so that what is wrong with it is told there. */
  from<T extends object>(path: DocumentPath, node: T): T {
    this.#origins.set(node, path)
    return node
  }

  originOf(node: object): DocumentPath | undefined {
    return this.#origins.get(node)
  }

  source(path: DocumentPath): Source | undefined {
    const place = this.document.place(path)
    return place && { ...this.#file(), ...place, path: formatPath(path) }
  }

  #at(path: DocumentPath, message: string, place: { line: number; column: number } | undefined): PolicyProblem {
    return { ...this.#file(), ...place, path: formatPath(path), message }
  }

  #file(): { file?: string } {
    const { file } = this.settings
    return file === undefined ? {} : { file }
  }
}
