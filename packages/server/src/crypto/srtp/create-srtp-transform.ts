import type { CreateSrtpTransform } from '@madang/core/env/srtp';
import { CounterModeTransform } from './counter-mode-transform.js';
import { GcmTransform } from './gcm-transform.js';
import { deriveSessionKeys } from './session-keys.js';

/**
 * SRTP transforms on the OpenSSL inside Node, through FFI. Throws RangeError when key or salt have another length than
 * the profile's; throws where the FFI is not available.
 */
export const createSrtpTransform: CreateSrtpTransform = (keys) => {
  const rtp = deriveSessionKeys(keys, 'rtp');
  const rtcp = deriveSessionKeys(keys, 'rtcp');
  return keys.profile === 'AES_CM_128_HMAC_SHA1_80'
    ? new CounterModeTransform(rtp, rtcp)
    : new GcmTransform(rtp, rtcp);
};
