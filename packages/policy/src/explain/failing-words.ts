import type { LabelSet } from '../rule/label.js'
import { parseLabelKey } from '../rule/label.js'
import { holds, type LabelSelector, type Requirement, requirementsOf } from '../rule/selector.js'
import type { Party } from '../universe/party.js'
import type { Failing } from './explanation.js'

/** Something failing, and how far off it is: 0 is nearly right. */
export interface Distant extends Failing {
  readonly distance: number
  /** for how many it counts: an end of another kind is further off than a label */
  readonly weight: number
}

export function failing(
  about: Failing['about'],
  what: Failing['what'],
  wanted: string,
  found: string,
  text: string,
  distance: number,
  weight = 1,
): Distant {
  return { about, what, wanted, found, text, distance, weight }
}

/** `app=web`, `app in (web, db)`, `no label old`: a requirement as it is missed. */
export function formatRequirement({ key, operator, values = [] }: Requirement): string {
  if (operator === 'Exists') return `a label ${key}`
  if (operator === 'DoesNotExist') return `no label ${key}`
  const [only, ...others] = values
  const list = others.length === 0 ? (only === '' ? '""' : `${only}`) : `(${values.join(', ')})`
  if (operator === 'In') return `${key}${others.length === 0 ? '=' : ' in '}${list}`
  return `${key}${others.length === 0 ? '!=' : ' not in '}${list}`
}

/** What of a selector does not hold for labels. `whose`: `the peer`, `the namespace of the peer`. */
export function failingLabels(
  about: Failing['about'],
  what: Failing['what'],
  selector: LabelSelector,
  labels: LabelSet,
  whose: string,
): Distant[] {
  return requirementsOf(selector)
    .filter((requirement) => !holds(requirement, labels))
    .map((requirement) => {
      const values = labels.values(parseLabelKey(requirement.key, 'any'))
      const found =
        values.length === 0 ? `no label ${requirement.key}` : values.map((value) => `${requirement.key}=${value || '""'}`).join(', ')
      const wanted = formatRequirement(requirement)
      return failing(about, what, wanted, found, `${wanted} on ${whose}, which has ${found}`, values.length === 0 ? 0.5 : 0.3)
    })
}

/** `a pod`, `an address outside`: what sort of end it is. */
export function kindOf(party: Party): string {
  switch (party.category) {
    case 'endpoint':
      return 'a pod'
    case 'node':
      return party.host ? 'this node' : 'another node'
    case 'external':
      return 'an address outside'
    case 'reserved':
      return 'an endpoint of the node’s own'
  }
}
