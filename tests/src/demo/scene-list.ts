import { broadcast } from './scenes/broadcast.js';
import { changeOfCamera } from './scenes/change-of-camera.js';
import { comingAndGoing } from './scenes/coming-and-going.js';
import { fivePeople } from './scenes/five-people.js';
import { lobby } from './scenes/lobby.js';
import { oneToOneVideo } from './scenes/one-to-one-video.js';
import { oneToOneVoice } from './scenes/one-to-one-voice.js';
import { relayOverTls } from './scenes/relay-over-tls.js';
import { relayOverUdp } from './scenes/relay-over-udp.js';
import { screenShare } from './scenes/screen-share.js';
import { sdkAndApp } from './scenes/sdk-and-app.js';
import { serverKilled } from './scenes/server-killed.js';
import { throughTheServer } from './scenes/through-the-server.js';
import { wordsAndSigns } from './scenes/words-and-signs.js';
import type { Scene } from './scene.js';

/** Every scene, in the order they are played and told. */
export const SCENES: readonly Scene[] = [
  oneToOneVideo,
  oneToOneVoice,
  relayOverUdp,
  relayOverTls,
  fivePeople,
  throughTheServer,
  broadcast,
  screenShare,
  wordsAndSigns,
  lobby,
  comingAndGoing,
  changeOfCamera,
  serverKilled,
  sdkAndApp,
];
