import { test } from 'node:test';
test('compiles', () => {});
