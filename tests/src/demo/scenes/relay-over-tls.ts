import { BEN, CHLOE } from '../cast.js';
import type { Scene } from '../scene.js';

export const relayOverTls: Scene = {
  id: 'relay-tls',
  title: 'Through TURN over TLS',
  titleKo: 'UDP가 막힌 곳에서 TLS 중계로 통화',
  about: 'One of the two is in a network that lets nothing out but TLS; the other one is anywhere.',
  async play(stage) {
    const ben = await stage.person(BEN, { tlsOnly: true, theme: 'dark' });
    const chloe = await stage.person(CHLOE);
    await stage.sees(chloe, BEN);
    await stage.sees(ben, CHLOE);
    await stage.hears(ben, CHLOE);
    await stage.path(ben, CHLOE, 'relayed', 'tls');
    await stage.measure(ben, CHLOE);
    await stage.picture(ben, 'Ben, whose network blocks UDP, dark');
  },
};
