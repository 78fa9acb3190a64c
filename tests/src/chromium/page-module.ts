import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const made = new Map<string, Promise<string>>();

/**
 * A compiled module and everything it imports as one script, made once by each process. A page that asks for each of the
 * SDK's hundred modules takes a second to open.
 */
export function pageModule(module: URL): Promise<string> {
  const known = made.get(module.href);
  if (known !== undefined) return known;
  const making = join(fileURLToPath(module));
  made.set(module.href, making);
  return making;
}

async function join(input: string): Promise<string> {
  const bundle = await rolldown({ input, platform: 'browser' });
  const { output } = await bundle.generate({ format: 'esm' });
  await bundle.close();
  return output[0].code;
}
