import { Attribute } from '../../stun/attributes.js';
import type { StunMessageView } from '../../stun/message-view.js';
import type { TurnLimits } from '../turn-options.js';

/**
 * The lifetime a request gets (RFC 8656 sections 7.2 and 8.2): what it asks for, within the server's maximum, but
 * never less than the default; 'malformed' when LIFETIME is not four bytes. 0 is passed on (Refresh deletes).
 */
export function grantedLifetime(view: StunMessageView, limits: TurnLimits): number | 'malformed' {
  const index = view.find(Attribute.lifetime);
  if (index < 0) return limits.defaultLifetimeSeconds;
  const requested = view.readU32(index);
  if (requested === undefined) return 'malformed';
  if (requested === 0) return 0;
  return Math.max(limits.defaultLifetimeSeconds, Math.min(requested, limits.maximumLifetimeSeconds));
}
