import { chunk, directory } from '../generated/datapath.generated.js'

/** How many numbers a chunk has, and how many chunks a directory names. */
export const CHUNK = chunk.sizeBytes / 2
export const DIRECTORY = directory.sizeBytes / 2

/** Numbers of 16 bits as text: what equal ones are found by. */
export function textOf(cells: ArrayLike<number>): string {
  return String.fromCharCode.apply(null, cells as number[])
}

export function cellsOf(text: string): number[] {
  const cells = new Array<number>(text.length)
  for (let at = 0; at < text.length; at++) cells[at] = text.charCodeAt(at)
  return cells
}
