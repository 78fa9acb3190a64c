import type { JoinedMessage, SequencedMessage } from '@madang/wire/server-messages';
import { NetworkError, UsageError } from '../api/errors.js';
import type { ConnectOptions, Room } from '../api/room.js';
import { SignalingClient } from '../signaling/signaling-client.js';
import { CallRoom } from './call-room.js';

/**
 * Enters a room. `url` is the server's (`https://calls.example`). Resolves when the client is in the room, which in a
 * room with a lobby is once a host has let it in. Who is there already, and what they send, is in `room.participants`;
 * events tell what changes from then on.
 *
 * @throws RefusedError the server does not let this client in; `code` says why
 * @throws NetworkError the server cannot be reached (`serverUnreachable`), or `signal` was aborted (`aborted`)
 * @throws UsageError the options cannot work
 */
export async function connect(url: string | URL, options: ConnectOptions): Promise<Room> {
  const { room: roomName, name, token, role, topology, renewToken } = options;
  if (name === undefined && token === undefined) {
    throw new UsageError('invalidArgument', 'connect needs a name, or an access token. Give one of them.');
  }
  let room: CallRoom | undefined = undefined;
  let joined: JoinedMessage | undefined;
  const early: SequencedMessage[] = [];
  const signaling = await SignalingClient.join(
    url,
    {
      room: roomName,
      ...(name !== undefined && { name }),
      ...(token !== undefined && { token }),
      ...(role && { role }),
      ...(topology && { topology }),
    },
    {
      onMessage: (message) => {
        if (room) room.handle(message);
        else if (message.type === 'waiting') options.onWaiting?.(message.roomName);
        else if (message.type === 'joined') joined = message;
        else early.push(message);
      },
      onConnection: (state) => room?.connection(state),
      onRejoined: (message) => room?.rejoined(message),
      onEnded: (reason, error) => room?.ended(reason, error),
      snapshot: () => room?.snapshot() ?? { tracks: [], handRaised: false },
    },
    options.signal,
  );
  if (joined === undefined)
    throw new NetworkError('notConnected', 'The server let this client in and said nothing of the room.');
  try {
    room = new CallRoom({
      signaling,
      joined,
      relayOnly: options.relayOnly ?? false,
      videoCodec: options.videoCodec ?? 'VP8',
      lastN: options.lastN,
      ...(token !== undefined && renewToken && { access: { token, renewToken } }),
    });
  } catch (error) {
    // Nobody shall see somebody who is not there.
    signaling.leaveNow();
    throw error;
  }
  for (const message of early) room.handle(message);
  return room;
}
