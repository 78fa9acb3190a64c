// node discovery-main.js SERVER:PORT LOCAL-ADDRESS: prints what NAT behaviour discovery finds, as one line of JSON.
import {
  formatTransportAddress,
  parseIpAddress,
  parseTransportAddress,
} from '@madang/core/path/address-text';
import { discoverNat } from './discovery-driver.js';

const [serverText = '', localText = ''] = process.argv.slice(2);
const server = parseTransportAddress(serverText);
const local = parseIpAddress(localText);
if (server === undefined || local === undefined) {
  process.stderr.write('usage: discovery-main.js SERVER:PORT LOCAL-ADDRESS\n');
  process.exitCode = 2;
} else {
  const found = await discoverNat(server, { ...local, port: 0 });
  const shown =
    found.kind === 'blocked'
      ? found
      : { ...found, mappedAddress: formatTransportAddress(found.mappedAddress) };
  process.stdout.write(`${JSON.stringify(shown)}\n`);
}
