export { type Ip, Ipv4, Ipv6, isIp, Mac, Prefix, parseIp, toIp, toMac, toPrefix } from './address/index.js'
export { Errno, errnoMeaning, errnoName, errnoNumber } from './errno.js'
export {
  type Aborted,
  type AxonemeError,
  aborted,
  type Closed,
  closed,
  describe,
  type FeatureUnsupported,
  featureUnsupported,
  type InputInvalid,
  inputInvalid,
  isRetryable,
  type PermissionDenied,
  permissionDenied,
} from './error.js'
export { type ErrorCode, errorCodes } from './error-codes.js'
export { type SysFailed, sysFailed } from './failure.js'
export { type Feature, type FeatureReport, type FeatureRow, type Probe, probeFeature, probeFeatures, renderReport } from './feature.js'
export { type HandleTracker, type OpenHandle, OwnedFd, onLeakedHandle, trackHandles } from './handle.js'
export { cgroup2Path, kernelFeatures } from './kernel-features.js'
export {
  anonymousNetns,
  createNetns,
  deleteNetns,
  listNetns,
  Netns,
  type NetnsError,
  type NetnsExists,
  type NetnsMissing,
  type NetnsReference,
  openNetns,
  withNetns,
} from './netns.js'
export { all, Err, fromPromise, Ok, Result } from './result.js'
export * from './sys.js'
export { readSysctl, type SysctlError, type SysctlMissing, type SysctlName, writeSysctl } from './sysctl.js'
