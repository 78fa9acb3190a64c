// Sends every datagram back, through the data plane of Madang and nothing else: `node mirror-main.js PORT`.
import { PathTable } from '@madang/core/path/path-table';
import { NativeUdpNetwork } from '@madang/server/net/native-udp';

const network = new NativeUdpNetwork({ paths: new PathTable({ maximumPaths: 1024, seed: 1 }) });
network.open(
  {
    address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 1), port: Number(process.argv[2]) },
    use: 'listener',
    receiveBufferBytes: 4 * 1024 * 1024,
    sendBufferBytes: 4 * 1024 * 1024,
    receiver: {
      handleDatagram: (_arrival, bytes, offset, length) => {
        network.reply(bytes, offset, length);
      },
    },
  },
  (result) => {
    process.stdout.write(result.ok ? 'ready\n' : `${result.code}\n`);
  },
);
