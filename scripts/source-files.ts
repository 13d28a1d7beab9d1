import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')

/** The files below a folder of the repository whose names end so, sorted; builds and dependencies left out. */
export function filesBelow(folder: string, ending: RegExp): string[] {
  const found: string[] = []
  const visit = (path: string): void => {
    for (const entry of readdirSync(`${root}/${path}`, { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name === 'dist' || entry.name.startsWith('.')) continue
      const inner = path === '' ? entry.name : `${path}/${entry.name}`
      if (entry.isDirectory()) visit(inner)
      else if (ending.test(entry.name)) found.push(inner)
    }
  }
  visit(folder)
  return found.sort()
}

export const isTest = (path: string): boolean => /\.(test|fuzz|bench|test-d)\.ts$/.test(path)
