/**
 * Which track each m-section of a description carries: from `mid` (RFC 8843) to the id of the MediaStream (msid, RFC
 * 8830), which is the `trackId` here. Sections without a stream are left out. Never throws, whatever the text is.
 */
export function trackIdsByMid(sdp: string | undefined): ReadonlyMap<string, string> {
  const trackIds = new Map<string, string>();
  let mid: string | undefined;
  let streamId: string | undefined;
  const endSection = (): void => {
    if (mid !== undefined && streamId !== undefined) trackIds.set(mid, streamId);
    mid = streamId = undefined;
  };
  for (const line of (sdp ?? '').split(/\r?\n/)) {
    if (line.startsWith('m=')) endSection();
    else if (line.startsWith('a=mid:')) mid = line.slice('a=mid:'.length).trim();
    else if (line.startsWith('a=msid:')) streamId ??= streamIdOf(line.slice('a=msid:'.length));
  }
  endSection();
  return trackIds;
}

/** `-` stands for a track of no stream. */
function streamIdOf(value: string): string | undefined {
  const [id] = value.trim().split(' ');
  return id === undefined || id === '' || id === '-' ? undefined : id;
}
