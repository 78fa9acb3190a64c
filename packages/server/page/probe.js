// Test calls of this browser with itself, one path at a time. Nothing here knows the page.

const GATHER_TIMEOUT_MS = 12_000;
const CONNECT_TIMEOUT_MS = 10_000;
const PINGS = 5;

/**
 * What came of one path. `state` is works, fails or untried; `reason` the key of a sentence; `details` the technical
 * words: kind ("relay/udp"), address, server (URL), error.
 */

/** Whether this browser gathers candidates of its own at all. */
export async function tryHost() {
  if (typeof RTCPeerConnection !== 'function') return failed('why.browser', {});
  const { candidates } = await gather({ iceServers: [] });
  const host = candidates.find(({ type }) => type === 'host');
  if (!host) return failed('why.browser', {});
  return { state: 'works', details: { kind: `host/${host.protocol}`, address: host.address } };
}

/** Asks the server for this browser's address (STUN Binding over UDP). */
export async function tryStun(url) {
  const { candidates, errors, startedAt } = await gather(
    { iceServers: [{ urls: url }] },
    ({ type }) => type === 'srflx',
  );
  const details = { server: url };
  const reflexive = candidates.find(({ type }) => type === 'srflx');
  if (reflexive) {
    const { address, port, protocol, at } = reflexive;
    const ms = Math.max(1, Math.round(at - (candidates[0]?.at ?? startedAt)));
    return {
      state: 'works',
      ms,
      details: { ...details, kind: `srflx/${protocol}`, address: `${address}:${port}`, time: 'stun' },
    };
  }
  // A reflexive address equal to the host's own is redundant, and browsers keep it to themselves (RFC 8445 section 5.1.3).
  const answered = errors.length === 0 && 'onicecandidateerror' in RTCPeerConnection.prototype;
  if (answered) return { state: 'works', note: 'note.open', details: { ...details, kind: 'srflx = host' } };
  return failed('why.noAnswer', { ...details, error: describe(errors) });
}

/**
 * Sends messages through two relays of the server and back: both ends are here and may use nothing but their relay.
 * `servers` are two RTCIceServers with the same single URL and credentials of two people: a server does not relay
 * from somebody to himself. With one credential only the relay is asked for, and nothing is sent through it.
 */
export async function tryRelay(servers) {
  if (servers.length < 2) return tryAllocation(servers[0]);
  const url = servers[0].urls;
  const ends = servers.map(relayEnd);
  try {
    const [caller, callee] = ends;
    const channel = caller.connection.createDataChannel('echo');
    const opened = new Promise((resolve) => (channel.onopen = () => resolve('open')));
    echo(callee.connection);
    await connect(caller, callee);
    const outcome = await Promise.race([
      opened,
      Promise.all(ends.map((end) => end.gathered)).then(() =>
        ends.every((end) => end.relayed) ? new Promise(() => {}) : 'none',
      ),
      after(CONNECT_TIMEOUT_MS, 'timeout'),
    ]);
    const errors = ends.flatMap((end) => end.errors);
    if (outcome !== 'open') {
      return failed(
        whyNot(
          url,
          errors,
          ends.some((end) => end.relayed),
        ),
        {
          server: url,
          error: describe(errors),
        },
      );
    }
    const times = [];
    for (let i = 0; i < PINGS; i++) {
      const ms = await ping(channel, `${i}`);
      if (ms === undefined) return failed('why.lost', { server: url });
      times.push(ms);
    }
    const ms = Math.max(1, Math.round(times.sort((a, b) => a - b)[PINGS >> 1]));
    return {
      state: 'works',
      ms,
      details: { ...(await selected(caller.connection)), server: url, time: 'relay' },
    };
  } finally {
    for (const { connection } of ends) connection.close();
  }
}

/** Asks for a relay. */
async function tryAllocation(server) {
  const url = server.urls;
  const { candidates, errors } = await gather(
    { iceServers: [server], iceTransportPolicy: 'relay' },
    () => true,
  );
  const error = describe(errors);
  if (candidates.length === 0) return failed(whyNot(url, errors, false), { server: url, error });
  const { address, port } = candidates[0];
  return {
    state: 'works',
    note: 'note.oneCredential',
    details: { address: `${address}:${port}`, server: url },
  };
}

/** Gathers candidates until `enough` says so, gathering ends or time is over. */
async function gather(configuration, enough = () => false) {
  const connection = new RTCPeerConnection(configuration);
  const candidates = [];
  const errors = [];
  connection.createDataChannel('gather');
  const done = new Promise((resolve) => {
    connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) return resolve();
      if (candidate.candidate === '') return undefined;
      candidates.push({ ...read(candidate), at: performance.now() });
      if (enough(candidates.at(-1))) resolve();
      return undefined;
    };
    connection.onicecandidateerror = ({ errorCode, errorText }) => errors.push({ errorCode, errorText });
  });
  const startedAt = performance.now();
  await connection.setLocalDescription();
  await Promise.race([done, after(GATHER_TIMEOUT_MS)]);
  connection.close();
  return { candidates, errors, startedAt };
}

function relayEnd(server) {
  const connection = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' });
  const end = { connection, errors: [], relayed: false, gathered: undefined };
  connection.onicecandidateerror = ({ errorCode, errorText }) => end.errors.push({ errorCode, errorText });
  return end;
}

async function connect(caller, callee) {
  pass(caller, callee);
  pass(callee, caller);
  await caller.connection.setLocalDescription();
  await callee.connection.setRemoteDescription(caller.connection.localDescription);
  await callee.connection.setLocalDescription();
  await caller.connection.setRemoteDescription(callee.connection.localDescription);
}

/** Hands candidates of one end to the other, as signaling would; those that come early wait for the description. */
function pass(from, to) {
  const waiting = [];
  const deliver = (candidate) => to.connection.addIceCandidate(candidate).catch(() => {});
  to.connection.addEventListener('signalingstatechange', () => {
    if (to.connection.remoteDescription) for (const candidate of waiting.splice(0)) deliver(candidate);
  });
  from.gathered = new Promise((resolve) => {
    from.connection.onicecandidate = ({ candidate }) => {
      if (candidate === null) return resolve();
      if (candidate.candidate === '') return undefined;
      from.relayed = true;
      if (to.connection.remoteDescription) deliver(candidate);
      else waiting.push(candidate);
      return undefined;
    };
  });
}

function echo(connection) {
  connection.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(data);
  };
}

/** Milliseconds until a message came back, or undefined. */
async function ping(channel, text) {
  const startedAt = performance.now();
  const back = new Promise((resolve) => {
    channel.onmessage = ({ data }) => {
      if (data === text) resolve(performance.now() - startedAt);
    };
  });
  channel.send(text);
  return Promise.race([back, after(3000)]);
}

/** Kind and address of our candidate of the pair that is used. */
async function selected(connection) {
  const report = await connection.getStats();
  const stats = [...report.values()];
  const transport = stats.find(({ type }) => type === 'transport');
  const pair =
    report.get(transport?.selectedCandidatePairId) ??
    stats.find(
      ({ type, nominated, state }) => type === 'candidate-pair' && nominated && state === 'succeeded',
    );
  const local = report.get(pair?.localCandidateId);
  if (!local) return {};
  return {
    kind: `${local.candidateType}/${local.relayProtocol ?? local.protocol}`,
    address: local.address ? `${local.address}:${local.port}` : undefined,
  };
}

/** Browsers differ in what they parse: the text of a candidate is the same everywhere (RFC 8839 section 5.1). */
function read(candidate) {
  const words = candidate.candidate.split(' ');
  return { protocol: words[2]?.toLowerCase(), address: words[4], port: words[5], type: words[7] };
}

function whyNot(url, errors, relayed) {
  if (relayed) return 'why.lost';
  const codes = errors.map(({ errorCode }) => errorCode);
  if (codes.includes(401) || codes.includes(403) || codes.includes(441)) return 'why.credential';
  if (codes.includes(486)) return 'why.quota';
  if (codes.includes(508) || codes.includes(300)) return 'why.capacity';
  if (codes.some((code) => code >= 300 && code < 700)) return 'why.unknown';
  if (url.startsWith('turns:')) return 'why.tls';
  return url.endsWith('tcp') ? 'why.noAnswerTcp' : 'why.noAnswer';
}

function failed(reason, details) {
  return { state: 'fails', reason, details };
}

function describe(errors) {
  const lines = errors.map(({ errorCode, errorText }) => `${errorCode} ${errorText}`.trim());
  return [...new Set(lines)].join('; ') || undefined;
}

function after(ms, value) {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms));
}
