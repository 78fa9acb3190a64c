// `connection` of offers, answers and candidates counts the RTCPeerConnections two participants have had: "1", "2", ...

const NAME = /^[1-9]\d{0,8}$/;

/** Which RTCPeerConnection a message is about; undefined if the name is none of ours. No name means the first. */
export function generationOf(connection: string | undefined): number | undefined {
  if (connection === undefined) return 1;
  return NAME.test(connection) ? Number(connection) : undefined;
}

/** The `connection` of messages about a generation. */
export function generationName(generation: number): string {
  return String(generation);
}
