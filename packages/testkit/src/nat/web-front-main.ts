// node web-front-main.js PORT SERVER ADDRESS...: leads TCP connections to port 443 of each address to PORT of SERVER, as a
// load balancer in front of it does.
import { connect, createServer } from 'node:net';
import { pipeline } from 'node:stream';

const [port = '', server = '', ...addresses] = process.argv.slice(2);
for (const address of addresses) {
  createServer((client) => {
    const onward = connect({ port: Number(port), host: server, noDelay: true });
    client.setNoDelay(true);
    // A side that breaks off ends the other one, and nobody else.
    pipeline(client, onward, () => undefined);
    pipeline(onward, client, () => undefined);
  }).listen(443, address);
}
