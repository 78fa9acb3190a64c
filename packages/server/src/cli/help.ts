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

Options of serve (the other commands take them too, so that all see the same configuration):
`;
