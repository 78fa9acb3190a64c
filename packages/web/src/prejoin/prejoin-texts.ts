import { defineTexts } from '../texts/define-texts.js';

/** As much of a name as a line with several of them can take. */
function shortName(name: string): string {
  const letters = [...name];
  return letters.length <= 20 ? name : `${letters.slice(0, 19).join('')}…`;
}

export const prejoinTexts = defineTexts({
  en: {
    title: (room: string) => `${room}: before you go in`,
    heading: 'Ready to go in?',
    room: 'Room',
    invite: 'Invitation',
    name: 'Your name',
    namePlaceholder: 'So that others know who you are',
    nameNeeded: 'Write your name, so that others know who you are.',
    nameFromToken: 'Your invitation says who you are.',
    join: 'Join',
    joinWatching: 'Join to watch',
    joining: 'Going in…',
    cancel: 'Cancel',
    watching: 'You come to watch and listen: nobody sees or hears you.',
    cameraOff: 'Your camera is off',
    cameraOpening: 'Opening the camera…',
    turnCameraOff: 'Turn the camera off',
    turnCameraOn: 'Turn the camera on',
    turnMicrophoneOff: 'Turn the microphone off',
    turnMicrophoneOn: 'Turn the microphone on',
    microphoneOff: 'Your microphone is off: nobody hears you.',
    microphoneOpening: 'Opening the microphone…',
    saySomething: 'Say something…',
    heard: 'We can hear you.',
    nothingHeard: 'We hear nothing. Is it the right microphone, and is it switched on?',
    preview: 'Your picture, as in a mirror',
    inside: (count: number) =>
      count === 0
        ? 'Nobody is inside yet.'
        : count === 1
          ? '1 person is inside.'
          : `${count} people are inside.`,
    insideNames: (names: readonly string[], count: number) => {
      const shown = names.slice(0, 3).map(shortName);
      const others = count - shown.length;
      const all = others > 0 ? [...shown, others === 1 ? '1 other' : `${others} others`] : shown;
      if (all.length === 1) return `${all[0]} is inside.`;
      return `${all.slice(0, -1).join(', ')} and ${all.at(-1)} are inside.`;
    },
    insideLobby: 'Somebody inside will let you in.',
    insideLocked: 'The room is locked just now: nobody new comes in.',
  },
  ko: {
    title: (room: string) => `${room}: 들어가기 전에`,
    heading: '들어갈 준비 되셨나요?',
    room: '방',
    invite: '초대장',
    name: '내 이름',
    namePlaceholder: '다른 사람에게 보이는 이름이에요',
    nameNeeded: '누군지 알 수 있게 이름을 써 주세요.',
    nameFromToken: '초대장에 적힌 이름으로 들어가요.',
    join: '들어가기',
    joinWatching: '보러 들어가기',
    joining: '들어가는 중이에요…',
    cancel: '그만두기',
    watching: '보고 듣기만 해요. 내 모습과 목소리는 나가지 않아요.',
    cameraOff: '카메라가 꺼져 있어요',
    cameraOpening: '카메라를 여는 중이에요…',
    turnCameraOff: '카메라 끄기',
    turnCameraOn: '카메라 켜기',
    turnMicrophoneOff: '마이크 끄기',
    turnMicrophoneOn: '마이크 켜기',
    microphoneOff: '마이크가 꺼져 있어서 내 목소리가 안 들려요.',
    microphoneOpening: '마이크를 여는 중이에요…',
    saySomething: '아무 말이나 해 보세요…',
    heard: '목소리가 잘 들려요.',
    nothingHeard: '아무 소리도 안 들려요. 고른 마이크가 맞는지, 켜져 있는지 봐 주세요.',
    preview: '거울처럼 비친 내 모습',
    inside: (count) => (count === 0 ? '아직 아무도 없어요.' : `지금 ${count}명이 안에 있어요.`),
    insideNames: (names, count) => {
      const shown = names.slice(0, 3).map(shortName);
      const others = count - shown.length;
      const list = shown.map((name) => `${name} 님`).join(', ');
      return others > 0 ? `${list} 외 ${others}명이 안에 있어요.` : `${list}이 안에 있어요.`;
    },
    insideLobby: '안에 있는 진행자가 열어 주면 들어가요.',
    insideLocked: '지금은 방이 잠겨 있어서 새로 들어갈 수 없어요.',
  },
});
