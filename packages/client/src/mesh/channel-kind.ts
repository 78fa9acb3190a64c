/** `protocol` (RFC 8832 section 5.1) of the data channels applications send through. */
export const CHANNEL_PROTOCOL = 'madang';
export const LONGEST_LABEL = 64;

/** What tells one channel to a participant from another. */
export interface ChannelKind {
  readonly label: string;
  readonly reliable: boolean;
}

/** What of an RTCDataChannel its kind is told by. */
export interface ChannelShape {
  readonly label: string;
  readonly protocol: string;
  readonly ordered: boolean;
  readonly maxRetransmits: number | null;
  readonly maxPacketLifeTime: number | null;
}

export function isLabel(label: string): boolean {
  return label.length >= 1 && label.length <= LONGEST_LABEL;
}

export function channelInit({ reliable }: ChannelKind): RTCDataChannelInit {
  return reliable
    ? { ordered: true, protocol: CHANNEL_PROTOCOL }
    : { ordered: false, maxRetransmits: 0, protocol: CHANNEL_PROTOCOL };
}

/** The kind of a channel the other side opened; undefined if it is none of ours. */
export function kindOf(shape: ChannelShape): ChannelKind | undefined {
  if (shape.protocol !== CHANNEL_PROTOCOL || !isLabel(shape.label)) return undefined;
  if (shape.maxPacketLifeTime !== null) return undefined;
  if (shape.ordered && shape.maxRetransmits === null) return { label: shape.label, reliable: true };
  if (!shape.ordered && shape.maxRetransmits === 0) return { label: shape.label, reliable: false };
  return undefined;
}

export function channelKey({ label, reliable }: ChannelKind): string {
  return `${reliable ? 'r' : 'l'}${label}`;
}
