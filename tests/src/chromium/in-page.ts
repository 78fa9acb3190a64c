/// <reference lib="dom" />
// Functions that run inside the browser: each is sent there as text and may use nothing from outside itself.

/** One RTCIceServer with one URL and somebody's credential. */
export interface RelayServer {
  readonly urls: string;
  readonly username: string;
  readonly credential: string;
}

/** Gathers everything the servers give and answers the kinds of local candidates: `srflx`, `relay/tls`, ... */
export async function gatherKinds(iceServers: RTCIceServer[]): Promise<string[]> {
  const connection = new RTCPeerConnection({ iceServers });
  connection.createDataChannel('gather');
  const complete = new Promise<void>((resolve) => {
    connection.onicegatheringstatechange = () => {
      if (connection.iceGatheringState === 'complete') resolve();
    };
  });
  await connection.setLocalDescription();
  await complete;
  const report = (await connection.getStats()) as unknown as Map<string, Record<string, string>>;
  connection.close();
  return [...report.values()]
    .filter(({ type }) => type === 'local-candidate')
    .map(({ candidateType, relayProtocol }) => [candidateType, relayProtocol].filter(Boolean).join('/'));
}

export interface RelayedCall {
  /** Messages that came back, in the order they did. */
  readonly echoed: string[];
  /** Type and relay protocol of the local candidate in use, of both ends. */
  readonly used: string[];
}

/** Two connections that may use nothing but a relay: every message goes there and back through both relays. */
export async function callThroughRelays(input: {
  servers: RelayServer[];
  messages: string[];
}): Promise<RelayedCall> {
  const ends = input.servers.map(
    (server) => new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' }),
  );
  const [caller, callee] = ends as [RTCPeerConnection, RTCPeerConnection];
  const gathered = (connection: RTCPeerConnection): Promise<void> =>
    new Promise((resolve) => {
      connection.onicegatheringstatechange = () => {
        if (connection.iceGatheringState === 'complete') resolve();
      };
    });
  callee.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => {
      channel.send(data as string);
    };
  };
  const echoed: string[] = [];
  const channel = caller.createDataChannel('messages');
  const allBack = new Promise<void>((resolve) => {
    channel.onopen = () => {
      for (const message of input.messages) channel.send(message);
    };
    channel.onmessage = ({ data }) => {
      echoed.push(data as string);
      if (echoed.length === input.messages.length) resolve();
    };
  });
  // Whole descriptions with all candidates, as an application without trickling exchanges them.
  const callerGathered = gathered(caller);
  await caller.setLocalDescription();
  await callerGathered;
  await callee.setRemoteDescription(caller.localDescription!);
  const calleeGathered = gathered(callee);
  await callee.setLocalDescription();
  await calleeGathered;
  await caller.setRemoteDescription(callee.localDescription!);
  await Promise.race([allBack, new Promise((resolve) => setTimeout(resolve, 20_000))]);
  const used = [];
  for (const connection of ends) {
    const report = (await connection.getStats()) as unknown as Map<string, Record<string, string>>;
    const transport = [...report.values()].find(({ type }) => type === 'transport');
    const pair = report.get(transport?.['selectedCandidatePairId'] ?? '');
    const local = report.get(pair?.['localCandidateId'] ?? '');
    used.push(`${local?.['candidateType']}/${local?.['relayProtocol']}`);
    connection.close();
  }
  return { echoed, used };
}

/** Texts whose contrast with what is behind them is below WCAG 2.2 AA (4.5:1, or 3:1 for large text), with the ratio. */
export function findPoorContrast(): string[] {
  const parse = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (rgb: number[]): number => {
    const [r, g, b] = rgb.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (from: Element): number[] => {
    for (let node: Element | null = from; node !== null; node = node.parentElement) {
      const color = parse(getComputedStyle(node).backgroundColor);
      if (color.length === 3 || color[3] === 1) return color;
    }
    return [255, 255, 255];
  };
  const poor: string[] = [];
  for (const element of document.querySelectorAll<HTMLElement>('body *')) {
    const hasText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
    if (!hasText || element.offsetParent === null || (element as HTMLButtonElement).disabled) continue;
    const style = getComputedStyle(element);
    const [a, b] = [luminance(parse(style.color)), luminance(behind(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5))
      poor.push(`${element.textContent?.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return poor;
}
