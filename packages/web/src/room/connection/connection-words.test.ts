import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionPath, ConnectionState, ConnectionStatistics, TrackStatistics } from '../../sdk.js';
import { connectionTexts } from './connection-texts.js';
import { connectionWords, pictureWords, qualityBars, shownQuality } from './connection-words.js';

const DIRECT: ConnectionPath = {
  kind: 'direct',
  protocol: 'udp',
  localCandidateType: 'host',
  remoteCandidateType: 'host',
  relayProtocol: undefined,
  localAddress: undefined,
  remoteAddress: undefined,
};

const MESH = { topology: 'mesh', relayOnly: false } as const;
const SFU = { topology: 'sfu', relayOnly: false } as const;

const RELAYED: ConnectionPath = {
  ...DIRECT,
  kind: 'relayed',
  localCandidateType: 'relay',
  relayProtocol: 'udp',
};

function statistics(path: ConnectionPath, more: Partial<ConnectionStatistics> = {}): ConnectionStatistics {
  return {
    state: 'connected',
    path,
    quality: 'excellent',
    roundTripMs: 11.6,
    availableOutgoingBitrateBps: undefined,
    sentBitrateBps: 0,
    receivedBitrateBps: 0,
    sent: [],
    received: [],
    at: 0,
    ...more,
  };
}

function words(path: ConnectionPath, more: Partial<ConnectionStatistics> = {}, relayOnly = false): string {
  return connectionWords(statistics(path, more), connectionTexts(), { topology: 'mesh', relayOnly });
}

test('a direct connection is told with its round trip', () => {
  assert.equal(words(DIRECT), 'direct, 12 ms');
  assert.equal(words({ ...DIRECT, protocol: 'tcp' }), 'direct over TCP, 12 ms');
  assert.equal(words(DIRECT, { roundTripMs: undefined }), 'direct');
});

test('a relayed connection is told with its reason', () => {
  assert.equal(words(RELAYED), 'relayed because no direct way was found, 12 ms');
  assert.equal(
    words({ ...RELAYED, relayProtocol: 'tls' }),
    'relayed over TLS because your network blocks UDP, 12 ms',
  );
  assert.equal(
    words({ ...RELAYED, relayProtocol: 'tcp' }),
    'relayed over TCP because your network blocks UDP, 12 ms',
  );
});

test('what lies on the other side or was chosen is not blamed on this network', () => {
  assert.equal(
    words({
      ...RELAYED,
      localCandidateType: 'srflx',
      remoteCandidateType: 'relay',
      relayProtocol: undefined,
    }),
    'relayed on the other side because no direct way was found, 12 ms',
  );
  assert.equal(
    words({ ...RELAYED, relayProtocol: 'tls' }, {}, true),
    'relayed as you chose in the settings, 12 ms',
  );
});

test('a connection that does not stand is told without a path', () => {
  const said = (state: ConnectionState) => words(DIRECT, { state });
  assert.equal(said('new'), 'connecting…');
  assert.equal(said('connecting'), 'connecting…');
  assert.equal(said('reconnecting'), 'connection lost, trying again…');
  assert.match(said('failed'), /^no connection/u);
  assert.equal(connectionWords(undefined, connectionTexts(), MESH), 'connecting…');
});

test('bars follow the quality, and the state where it says more', () => {
  assert.equal(qualityBars(statistics(DIRECT)), 3);
  assert.equal(qualityBars(statistics(DIRECT, { quality: 'good' })), 2);
  assert.equal(qualityBars(statistics(DIRECT, { quality: 'poor' })), 1);
  assert.equal(qualityBars(statistics(DIRECT, { quality: 'lost' })), 0);
  assert.equal(qualityBars(statistics(DIRECT, { state: 'reconnecting' })), 0);
  assert.equal(qualityBars(undefined), 0);
  assert.equal(shownQuality(statistics(DIRECT, { state: 'failed' })), 'lost');
  assert.equal(shownQuality(statistics(DIRECT, { state: 'connecting' })), 'unknown');
});

test('through the media server, a relay before it is told too', () => {
  const said = (path: ConnectionPath, relayOnly = false, more: Partial<ConnectionStatistics> = {}) =>
    connectionWords(statistics(path, more), connectionTexts(), { ...SFU, relayOnly });
  assert.equal(said({ ...DIRECT, kind: 'server' }), 'through the server, 12 ms');
  assert.equal(said(RELAYED), 'through the server, over a relay, 12 ms');
  assert.equal(
    said({ ...RELAYED, relayProtocol: 'tls' }),
    'through the server, over a TLS relay because your network blocks UDP, 12 ms',
  );
  assert.equal(
    said({ ...RELAYED, relayProtocol: 'tcp' }),
    'through the server, over a TCP relay because your network blocks UDP, 12 ms',
  );
  assert.equal(said(RELAYED, true), 'through the server, over a relay as you chose in the settings, 12 ms');
  assert.match(said(DIRECT, false, { state: 'failed' }), /media server$/u);
});

const PICTURE: TrackStatistics = {
  trackId: 'c',
  rid: undefined,
  kind: 'video',
  bitrateBps: 423_400,
  lossFraction: 0,
  jitterMs: undefined,
  width: 640,
  height: 360,
  framesPerSecond: 24.6,
  frames: 100,
  freezeCount: 0,
  freezeSeconds: 0,
  concealedFraction: undefined,
  qualityLimitationReason: undefined,
  codec: 'VP8',
};

test('a picture is told by size, frames, bitrate and codec, as far as they are known', () => {
  const said = (more: Partial<TrackStatistics>) => pictureWords({ ...PICTURE, ...more }, connectionTexts());
  assert.equal(said({}), '640 × 360, 25 fps, 420 kbit/s, VP8');
  assert.equal(said({ bitrateBps: 1_234_000, codec: 'video/VP9' }), '640 × 360, 25 fps, 1.2 Mbit/s, VP9');
  assert.equal(said({ bitrateBps: 12_300, framesPerSecond: undefined }), '640 × 360, 12 kbit/s, VP8');
  assert.equal(said({ width: undefined }), undefined);
});
