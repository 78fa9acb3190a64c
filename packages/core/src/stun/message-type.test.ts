import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classOf, MessageClass, messageType, methodOf } from './message-type.js';

test('known message types', () => {
  assert.equal(messageType(0x001, MessageClass.request), 0x0001);
  assert.equal(messageType(0x001, MessageClass.indication), 0x0011);
  assert.equal(messageType(0x001, MessageClass.successResponse), 0x0101);
  assert.equal(messageType(0x001, MessageClass.errorResponse), 0x0111);
  assert.equal(messageType(0x006, MessageClass.indication), 0x0016);
  assert.equal(messageType(0x00c, MessageClass.indication), 0x001c);
  assert.equal(messageType(0xfff, MessageClass.errorResponse), 0x3fff);
});

test('method and class of all 16384 types give the type back', () => {
  for (let type = 0; type < 0x4000; type++) assert.equal(messageType(methodOf(type), classOf(type)), type);
});
