export { normalise } from './normalise.js'
export { formatPeer, formatPolicy, formatPort, formatRule, formatSelector, formatSubject } from './print.js'
