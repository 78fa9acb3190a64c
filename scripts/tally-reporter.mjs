// A reporter for node:test that ends with one JSON object: how many tests passed, failed and were skipped and why.
// Suites are not counted. A file that defines no test shows up as a test named like the file: it is told apart, since
// a test file without tests proves nothing.
import { isAbsolute } from 'node:path';

export default async function* tally(events) {
  const counts = { passed: 0, failed: 0, skipped: 0, skips: [], empty: [] };
  for await (const { type, data } of events) {
    if (type !== 'test:pass' && type !== 'test:fail') continue;
    const reason = data.skip ?? data.todo;
    const isSuite = data.details?.type === 'suite';
    if (reason !== undefined && reason !== false) {
      counts.skipped++;
      counts.skips.push(`${data.name}: ${typeof reason === 'string' && reason ? reason : 'no reason given'}`);
    } else if (isSuite) continue;
    else if (type === 'test:fail') counts.failed++;
    else if (isAbsolute(data.name) && data.nesting === 0) counts.empty.push(data.name);
    else counts.passed++;
  }
  yield JSON.stringify(counts);
}
