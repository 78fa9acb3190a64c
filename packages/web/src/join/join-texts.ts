import { defineTexts } from '../texts/define-texts.js';

export const joinTexts = defineTexts({
  en: {
    enteringTitle: (room: string) => `${room}: going in`,
    entering: 'Going in…',
    enteringHint: (room: string) => `Asking the server for ${room}.`,
    waitingTitle: (room: string) => `${room}: waiting to be let in`,
    waiting: 'Knock, knock.',
    waitingHint: (room: string) =>
      `The hosts of ${room} see that you are here. As soon as one lets you in, the call begins.`,
    waitingQuiet: 'Nobody sees or hears you yet.',
    waited: (time: string) => `Waiting for ${time}`,
    cancel: 'Stop waiting',
    stop: 'Stop',
    guest: 'Guest',
    localOnly:
      'This link works on this computer only. To invite others, open Madang at the address by which they reach it.',
    hostsInvite: 'Here only hosts can invite others. Ask one for a link.',
  },
  ko: {
    enteringTitle: (room: string) => `${room}: 들어가는 중`,
    entering: '들어가는 중이에요…',
    enteringHint: (room: string) => `서버에서 ${room} 방을 찾고 있어요.`,
    waitingTitle: (room: string) => `${room}: 기다리는 중`,
    waiting: '똑똑, 문을 두드렸어요.',
    waitingHint: (room: string) => `${room} 진행자에게 알렸어요. 문을 열어 주면 바로 통화가 시작돼요.`,
    waitingQuiet: '아직 내 모습도 목소리도 나가지 않아요.',
    waited: (time: string) => `${time}째 기다리는 중`,
    cancel: '그만 기다리기',
    stop: '그만두기',
    guest: '손님',
    localOnly:
      '이 링크는 이 컴퓨터에서만 열려요. 다른 사람을 초대하려면 그 사람도 열 수 있는 주소로 마당을 열어 주세요.',
    hostsInvite: '이 방에는 진행자만 초대할 수 있어요. 진행자에게 링크를 부탁해 주세요.',
  },
});
