/**
 * Whether one thing means all that another means, in every universe. The answer no may be wrong, yes never is: it is read off the words,
 * in their normal form.
 */
import { type LabelSelector, type Requirement, requirementsOf } from '../../rule/selector.js'
import type { NamespaceMatch, Subject } from '../../rule/subject.js'

/** Whoever meets `given` meets `wanted`. Labels may have several sources, so that `In` excludes no other value. */
function implies(given: Requirement, wanted: Requirement): boolean {
  if (given.key !== wanted.key) return false
  const [has, wants] = [given.values ?? [], wanted.values ?? []]
  switch (wanted.operator) {
    case 'In':
      return given.operator === 'In' && has.every((value) => wants.includes(value))
    case 'Exists':
      return given.operator === 'In' || given.operator === 'Exists'
    case 'NotIn':
      return given.operator === 'DoesNotExist' || (given.operator === 'NotIn' && wants.every((value) => has.includes(value)))
    case 'DoesNotExist':
      return given.operator === 'DoesNotExist'
  }
}

export function selectorCovers(wide: LabelSelector, narrow: LabelSelector): boolean {
  const given = requirementsOf(narrow)
  return requirementsOf(wide).every((wanted) => given.some((one) => implies(one, wanted)))
}

export function namespacesCover(wide: NamespaceMatch | undefined, narrow: NamespaceMatch | undefined): boolean {
  if (wide === undefined) return true
  if (narrow === undefined) return false
  if (wide.names !== undefined && !(narrow.names?.every((name) => wide.names?.includes(name)) ?? false)) return false
  return selectorCovers(wide.selector ?? {}, narrow.selector ?? {})
}

/** Of endpoints: where they live, their labels, their service accounts. */
export function amongCovers(
  wide: Omit<Extract<Subject, { kind: 'endpoints' }>, 'kind'>,
  narrow: Omit<Extract<Subject, { kind: 'endpoints' }>, 'kind'>,
): boolean {
  const accounts = wide.serviceAccounts
  return (
    namespacesCover(wide.namespaces, narrow.namespaces) &&
    selectorCovers(wide.selector, narrow.selector) &&
    (accounts === undefined || (narrow.serviceAccounts?.every((one) => accounts.includes(one)) ?? false))
  )
}

/** Whether a policy is about all whom another is about. */
export function subjectCovers(wide: Subject, narrow: Subject): boolean {
  if (wide.kind === 'nodes' || narrow.kind === 'nodes') return wide.kind === narrow.kind && selectorCovers(wide.selector, narrow.selector)
  // the endpoints of the node's own are meant by those alone who name them
  if (namesReserved(narrow.selector) && !namesReserved(wide.selector)) return false
  return amongCovers(wide, narrow)
}

function namesReserved(selector: LabelSelector): boolean {
  return requirementsOf(selector).some(({ key }) => key.startsWith('reserved:'))
}
