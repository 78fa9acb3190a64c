import type { RemoteTransportParameters } from '@madang/core/sfu/media-parameters';
import { parseIpAddress } from '@madang/core/path/address-text';
import type { TransportAddress } from '@madang/core/path/transport-address';

/** What a load client reads of a description of a media server: one transport, and m-sections in one BUNDLE group. */
export interface ServerDescription {
  /** The first host candidate over UDP, IPv4 where there is one. */
  readonly address: TransportAddress;
  readonly iceUfrag: string;
  readonly icePwd: string;
  readonly fingerprints: RemoteTransportParameters['fingerprints'];
  readonly sections: readonly ServerSection[];
}

export interface ServerSection {
  readonly mid: string;
  readonly kind: string;
  readonly protocol: string;
  readonly direction: 'sendonly' | 'recvonly' | 'sendrecv' | 'inactive';
  /** Port 0: rejected. */
  readonly isRejected: boolean;
  readonly codecs: readonly ServerCodec[];
  /** Header extension ids by URI. */
  readonly extensions: ReadonlyMap<string, number>;
  /** SSRC of retransmissions to the SSRC of what they repair. */
  readonly repairs: ReadonlyMap<number, number>;
}

export interface ServerCodec {
  /** In lower case. */
  readonly name: string;
  readonly payloadType: number;
  readonly clockRate: number;
  /** What stands behind the clock rate: channels; '' without. */
  readonly channels: string;
  readonly rtxPayloadType?: number;
}

/** Reads an offer or answer of a media server. Throws a sentence when there is no transport in it. */
export function readServerDescription(sdp: string): ServerDescription {
  const parts = sdp.split(/\r?\n(?=m=)/);
  const all = sdp.split(/\r?\n/);
  const iceUfrag = valueOf(all, 'ice-ufrag');
  const icePwd = valueOf(all, 'ice-pwd');
  const address = readAddress(all);
  if (iceUfrag === undefined || icePwd === undefined)
    throw new Error('a description without ICE credentials');
  if (address === undefined) throw new Error('a description without a UDP host candidate');
  const fingerprints = unique(valuesOf(all, 'fingerprint')).map((text) => {
    const [algorithm = '', value = ''] = text.split(' ');
    return { algorithm: algorithm.toLowerCase() as 'sha-256', value: value.toUpperCase() };
  });
  const sections = parts.slice(1).map((part) => readSection(part.split(/\r?\n/)));
  return { address, iceUfrag, icePwd, fingerprints, sections };
}

function readSection(lines: readonly string[]): ServerSection {
  const [kind = '', port, protocol = '', ...formats] = lines[0]!.slice(2).split(' ');
  return {
    mid: valueOf(lines, 'mid') ?? '',
    kind,
    protocol,
    direction: DIRECTIONS.find((direction) => lines.includes(`a=${direction}`)) ?? 'sendrecv',
    isRejected: port === '0',
    codecs: readCodecs(lines, formats),
    extensions: new Map(
      valuesOf(lines, 'extmap').flatMap((text) => {
        const found = /^(\d+)(?:\/\w+)? (\S+)/.exec(text);
        return found === null ? [] : [[found[2]!, Number(found[1])] as const];
      }),
    ),
    repairs: new Map(
      valuesOf(lines, 'ssrc-group').flatMap((text) => {
        const found = /^FID (\d+) (\d+)$/.exec(text);
        return found === null ? [] : [[Number(found[2]), Number(found[1])] as const];
      }),
    ),
  };
}

function readCodecs(lines: readonly string[], formats: readonly string[]): ServerCodec[] {
  const rtx = new Map(
    valuesOf(lines, 'fmtp').flatMap((text) => {
      const found = /^(\d+) .*\bapt=(\d+)/.exec(text);
      return found === null ? [] : [[found[2]!, Number(found[1])] as const];
    }),
  );
  const codecs = valuesOf(lines, 'rtpmap').flatMap((text) => {
    const [, payloadType = '', name = '', clockRate = '', channels = ''] =
      /^(\d+) ([^/]+)\/(\d+)(?:\/(\d+))?/.exec(text) ?? [];
    if (!formats.includes(payloadType) || name.toLowerCase() === 'rtx') return [];
    const rtxPayloadType = rtx.get(payloadType);
    return {
      name: name.toLowerCase(),
      payloadType: Number(payloadType),
      clockRate: Number(clockRate),
      channels,
      ...(rtxPayloadType !== undefined && { rtxPayloadType }),
    };
  });
  return codecs.toSorted(
    (a, b) => formats.indexOf(String(a.payloadType)) - formats.indexOf(String(b.payloadType)),
  );
}

function readAddress(lines: readonly string[]): TransportAddress | undefined {
  const candidates = valuesOf(lines, 'candidate').flatMap((text) => {
    const [, component, protocol = '', , host = '', port, , type] = text.split(' ');
    const address = parseIpAddress(host);
    if (component !== '1' || protocol.toLowerCase() !== 'udp' || type !== 'host' || address === undefined)
      return [];
    return { ...address, port: Number(port) };
  });
  return candidates.find(({ family }) => family === 4) ?? candidates[0];
}

function valueOf(lines: readonly string[], attribute: string): string | undefined {
  return valuesOf(lines, attribute)[0];
}

function valuesOf(lines: readonly string[], attribute: string): string[] {
  const start = `a=${attribute}:`;
  return lines.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

const DIRECTIONS = ['sendonly', 'recvonly', 'inactive', 'sendrecv'] as const;
