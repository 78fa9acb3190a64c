import { ARA, JOON } from '../cast.js';
import type { Scene } from '../scene.js';

const RELAYED = { preferences: { relayOnly: true } };

export const relayOverUdp: Scene = {
  id: 'relay-udp',
  title: 'Through TURN alone',
  titleKo: '중계만으로 통화',
  about:
    'Both have chosen to hide their addresses: media takes the relay of the same server and nothing else.',
  async play(stage) {
    const ara = await stage.person(ARA, { language: 'ko', ...RELAYED });
    const joon = await stage.person(JOON, { ...RELAYED });
    await stage.sees(ara, JOON);
    await stage.sees(joon, ARA);
    await stage.hears(joon, ARA);
    await stage.path(joon, ARA, 'relayed');
    await stage.measure(joon, ARA);
    await ara.part('more-button').click();
    await ara.part('menu-connection').click();
    await ara.part('connection-words').first().waitFor();
    await stage.picture(ara, '아라 looks at “my connection”, Korean, light');
  },
};
