import {
  align,
  attribute,
  attributeSet,
  bytesCodec,
  type Frame,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_HDRLEN,
  textCodec,
  u32,
  u32Codec,
  WireFault,
} from '../wire/index.js'

/** Source: linux/netlink.h enum nlmsgerr_attrs. */
const attributes = attributeSet({
  message: attribute(1, textCodec(4096)),
  offset: attribute(2, u32Codec()),
  cookie: attribute(3, bytesCodec()),
  policy: attribute(4, bytesCodec()),
  missingType: attribute(5, u32Codec()),
  missingNest: attribute(6, u32Codec()),
})

/** The answer to a request: errno 0 is its acknowledgement. */
export interface Acknowledgement {
  /** positive; 0 says done */
  readonly errno: number
  readonly message?: string | undefined
  /** where in the request the attribute stands that is meant */
  readonly offset?: number | undefined
  /** the type of the attribute that is missing */
  readonly missingType?: number | undefined
  readonly missingNest?: number | undefined
}

/**
 * Reads NLMSG_ERROR, and NLMSG_DONE of a dump (which has no copy of the request).
 *
 * @throws WireFault
 */
export function readAcknowledgement(bytes: Uint8Array, frame: Frame, done: boolean): Acknowledgement {
  let at = frame.start + NLMSG_HDRLEN
  if (frame.end - at < 4) {
    if (done) return { errno: 0 }
    throw new WireFault('an error message without an error', at)
  }
  const errno = 0 - (u32(bytes, at) | 0)
  if (errno < 0 || errno > 4095) {
    if (!done) throw new WireFault(`an error of ${-errno}`, at)
    return { errno: 0 }
  }
  at += 4
  if ((frame.flags & NLM_F_ACK_TLVS) === 0) return { errno }
  if (!done) {
    if (frame.end - at < NLMSG_HDRLEN) throw new WireFault('an error message without the request', at)
    const copied = (frame.flags & NLM_F_CAPPED) !== 0 || errno === 0 ? NLMSG_HDRLEN : u32(bytes, at)
    if (copied > frame.end - at) throw new WireFault('an error message that ends inside the request', at)
    at += align(Math.max(copied, NLMSG_HDRLEN))
  }
  const { message, offset, missingType, missingNest } = attributes.read(bytes, at, frame.end)
  return { errno, message, offset, missingType, missingNest }
}
