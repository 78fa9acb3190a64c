import { formatHelp } from '../config/documentation.js';

/** `madang help`: the commands and the options of `serve`. */
export function help(): number {
  process.stdout.write(`${COMMANDS}\n${formatHelp(process.stdout.columns)}`);
  return 0;
}

const COMMANDS = `Madang: every server a WebRTC application needs, in one program.

  madang serve [options]              runs all servers
  madang check [options]              checks the configuration and this machine, and tries the server from outside
  madang token [options]              prints an access token for one room
      --room ROOM                     which room
      --name NAME                     who it is for (an invitation: whoever has it says a name)
      --role host|member|viewer       what the holder may do (member)
      --ttl SECONDS                   how long it, and the session it began, last (43200)
  madang turn-credentials [options]   prints a username and password for any TURN client
      --ttl SECONDS                   how long they are valid (credentialTtlSeconds)
      --identity NAME                 whose they are: quotas count by it (a new one)
      --json                          as RTCConfiguration for a browser
  madang load [options]               puts load on a running media server, and says what came of it
      --url URL                       which server (http://127.0.0.1:8080)
      --token TOKEN                   an access token, where the server wants one
      --rooms N                       how many rooms (1)
      --publishers N                  in each room, who send and receive each other (2)
      --subscribers N                 in each room, who only receive (0)
      --seconds N                     for how long, after all have joined (10)
      --ramp N                        how many join per second (10)
      --video-kbps N                  of the video of a publisher; 0: none (1000)
      --packets-per-second N          of the same (115)
      --encodings 1|2|3               simulcast with more than one (1)
      --audio                         audio, too
      --json                          the summary as JSON

Options of serve (the other commands take them too, so that all see the same configuration):
`;
