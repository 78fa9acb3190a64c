import { defineTexts } from '../../texts/define-texts.js';

export const chatTexts = defineTexts({
  en: {
    title: 'Chat',
    empty:
      'Nothing has been written yet. What you write is seen by everybody in the room, also by those who come later.',
    placeholder: 'Write to everybody',
    label: 'Message to everybody',
    send: 'Send',
    you: 'You',
    toYou: 'only to you',
    toOne: (name: string) => `only to ${name}`,
    placeholderTo: 'Nobody else sees this',
    labelTo: (name: string) => `Message to ${name} alone`,
    toGone: (name: string) => `${name} has left.`,
    toAll: 'Write to everybody again',
    messages: 'Messages',
    left: (count: number) => `${count} characters left`,
  },
  ko: {
    title: '채팅',
    empty: '아직 아무 말도 없어요. 여기에 쓴 글은 방에 있는 모두에게, 나중에 온 사람에게도 보여요.',
    placeholder: '모두에게 쓰기',
    label: '모두에게 보내는 글',
    send: '보내기',
    you: '나',
    toYou: '나에게만',
    toOne: (name) => `${name} 님에게만`,
    placeholderTo: '다른 사람에게는 안 보여요',
    labelTo: (name) => `${name} 님에게만 보내는 글`,
    toGone: (name) => `${name} 님이 나갔어요.`,
    toAll: '다시 모두에게 쓰기',
    messages: '주고받은 글',
    left: (count) => `${count}자 남았어요`,
  },
});
