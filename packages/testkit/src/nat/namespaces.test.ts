import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { runCommand, tryCommand } from './command.js';
import { laboratoryObstacle, NamespaceGroup, removeAbandonedNamespaces } from './namespaces.js';
import { natRules } from './nat-kinds.js';
import type { NatKind } from './nat-kinds.js';
import { NAT_BEHAVIOURS } from './nat-kinds.js';

const obstacle = await laboratoryObstacle();

test('a group removes its namespaces and what runs inside, and may be destroyed twice', async (t) => {
  if (obstacle !== undefined) return t.skip(obstacle);
  const group = new NamespaceGroup();
  const name = await group.add('one');
  const inside = spawn('ip', ['netns', 'exec', name, 'sleep', '60'], { stdio: 'ignore' });
  await waitFor(async () =>
    (await tryCommand('ip', ['netns', 'pids', name])).stdout.includes(`${inside.pid}`),
  );
  const ended = once(inside, 'close');
  await group.destroy();
  assert.deepEqual(await ended, [null, 'SIGKILL']);
  assert.ok(!(await listed()).includes(name));
  await group.destroy();
});

test('namespaces of a killed process are removed, those of a living one stay', async (t) => {
  if (obstacle !== undefined) return t.skip(obstacle);
  const script = `
    import { NamespaceGroup } from ${JSON.stringify(new URL('./namespaces.js', import.meta.url).href)};
    console.log(await new NamespaceGroup().add('left'));
    setTimeout(() => {}, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  const left = line.trim();
  const mine = new NamespaceGroup();
  try {
    const kept = await mine.add('kept');
    assert.ok(!(await removeAbandonedNamespaces()).includes(left), 'its process is alive');
    const ended = once(child, 'close');
    child.kill('SIGKILL');
    await ended;
    // Another run beside this one may be the first to remove it.
    await removeAbandonedNamespaces();
    const now = await listed();
    assert.ok(!now.includes(left));
    assert.ok(now.includes(kept));
  } finally {
    child.kill('SIGKILL');
    await mine.destroy();
  }
});

test('nft takes the rule set of every kind', async (t) => {
  if (obstacle !== undefined) return t.skip(obstacle);
  const group = new NamespaceGroup();
  try {
    for (const kind of Object.keys(NAT_BEHAVIOURS) as NatKind[]) {
      const namespace = await group.add(kind);
      await group.rules(namespace, natRules(kind));
      const loaded = await runCommand('ip', ['netns', 'exec', namespace, 'nft', 'list', 'ruleset']);
      assert.match(loaded, /masquerade/, kind);
      assert.match(loaded, /iifname "wan" drop/, kind);
    }
  } finally {
    await group.destroy();
  }
});

async function listed(): Promise<string[]> {
  return (await runCommand('ip', ['netns', 'list'])).split('\n').map((line) => line.split(' ')[0]!);
}

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 200) throw new Error('waited 10 s in vain');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
