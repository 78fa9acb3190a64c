import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIpAddress, parseTransportAddress } from '@madang/core/path/address-text';
import { cleanText, redactAddress, redactAddressText } from './redact.js';

test('addresses are networks, but whole at debug', () => {
  const rows: [text: string, info: string][] = [
    ['192.0.2.77', '192.0.2.0/24'],
    ['192.0.2.77:5000', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['[2001:db8:1:2::6]:5000', '2001:db8:1::/48'],
  ];
  for (const [text, info] of rows) {
    const address = parseTransportAddress(text) ?? parseIpAddress(text)!;
    for (const level of ['info', 'warn', 'error'] as const) {
      assert.equal(redactAddress(address, level), info);
      assert.equal(redactAddressText(text, level), info);
    }
    assert.equal(redactAddress(address, 'debug'), text);
    assert.equal(redactAddressText(text, 'debug'), text);
  }
  assert.equal(redactAddressText('nobody', 'info'), 'nobody');
});

test('foreign text is escaped and cut', () => {
  const rows: [text: string, clean: string][] = [
    ['alice', 'alice'],
    ['1700000000:münchen 마당 😀', '1700000000:münchen 마당 😀'],
    ['a\r\nb', 'a\\u{d}\\u{a}b'],
    ['\u001b[31mred\u0007\u0000', '\\u{1b}[31mred\\u{7}\\u{0}'],
    ['\u202efdp.exe', '\\u{202e}fdp.exe'],
    ['a\u2028b\u2029c\u0085d', 'a\\u{2028}b\\u{2029}c\\u{85}d'],
    ['a\u200bb\ufeff', 'a\\u{200b}b\\u{feff}'],
    ['\ud800x', '\\u{d800}x'],
    ['x'.repeat(128), 'x'.repeat(128)],
    ['x'.repeat(129), `${'x'.repeat(128)}...`],
    // A pair cut in half leaves no half behind.
    [`${'x'.repeat(127)}😀`, `${'x'.repeat(127)}\\u{d83d}...`],
  ];
  for (const [text, clean] of rows) assert.equal(cleanText(text), clean);
});
