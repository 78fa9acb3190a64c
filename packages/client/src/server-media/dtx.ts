/**
 * Says in an offer that silence may be left out (`usedtx` of RFC 7587 section 6.1) of tracks that are speech. Browsers
 * follow the answer, which repeats it; of themselves they send silence.
 */
export function withDtx(sdp: string, isSpeech: (trackId: string) => boolean): string {
  return sdp
    .split(/^(?=m=)/m)
    .map((section) => {
      const trackId = /^a=msid:(\S+)/m.exec(section)?.[1];
      if (!section.startsWith('m=audio ') || trackId === undefined || !isSpeech(trackId)) return section;
      const opus = /^a=rtpmap:(\d+) opus\//im.exec(section)?.[1];
      const parameters = new RegExp(`^a=fmtp:${opus} .+$`, 'm');
      return section.replace(parameters, (line) => (line.includes('usedtx') ? line : `${line};usedtx=1`));
    })
    .join('');
}
