import { defineTexts } from '../../texts/define-texts.js';

/** How a room is connected, in words for everybody. */
export const topologyTexts = defineTexts({
  en: {
    title: 'How this room is connected',
    now: (way: string) => `How this room is connected: ${way}`,
    way: { browsers: 'Browser to browser', server: 'Through the server' },
    meaning: {
      browsers:
        'Everybody sends to each of the others: the shortest way, and only browsers can see and hear it. Good for up to about five people.',
      server:
        'Everybody sends once, and the server passes it on: good for many people, slow networks and phones. It is encrypted on the way to the server and on the way from it.',
    },
    isNow: 'now',
    change: 'Change…',
    more: 'What is this?',
    changeNow: 'Change now',
    keep: 'Leave it as it is',
    note: 'All connections are made anew: pictures and voices stop for a moment, for everybody.',
    hostsOnly: 'A host of the room can change this.',
    changed: {
      browsers: 'This room now goes from browser to browser.',
      server: 'This room now goes through the server.',
    },
    unavailable: 'This server cannot connect a room in that way. The room stays as it is.',
    notOffered: 'This server cannot connect a room in the way the link asks for.',
    alreadyOther: {
      browsers:
        'The link asks for another way, but this room goes from browser to browser. A host can change that.',
      server: 'The link asks for another way, but this room goes through the server. A host can change that.',
    },
  },
  ko: {
    title: '이 방의 연결 방식',
    now: (way) => `이 방의 연결 방식: ${way}`,
    way: { browsers: '브라우저끼리 바로', server: '서버를 거쳐' },
    meaning: {
      browsers:
        '모두가 서로에게 따로따로 보내요. 길이 가장 짧고, 브라우저에서만 보고 들을 수 있어요. 다섯 명쯤까지 알맞아요.',
      server:
        '한 번만 보내면 서버가 나누어 줘요. 사람이 많거나 느린 네트워크와 휴대폰에 좋아요. 서버로 가는 길과 서버에서 오는 길이 저마다 암호화돼요.',
    },
    isNow: '지금',
    change: '바꾸기…',
    more: '이게 뭐예요?',
    changeNow: '지금 바꾸기',
    keep: '그대로 두기',
    note: '모두의 연결을 새로 이어요. 그동안 화면과 소리가 잠깐 멈춰요.',
    hostsOnly: '이 방의 진행자가 바꿀 수 있어요.',
    changed: {
      browsers: '이제 브라우저끼리 바로 연결돼요.',
      server: '이제 서버를 거쳐 연결돼요.',
    },
    unavailable: '이 서버에 없는 연결 방식이라 그대로 두었어요.',
    notOffered: '링크가 바라는 연결 방식은 이 서버에 없어요.',
    alreadyOther: {
      browsers: '링크가 바라는 방식과 달리 이 방은 브라우저끼리 바로 연결돼 있어요. 진행자가 바꿀 수 있어요.',
      server: '링크가 바라는 방식과 달리 이 방은 서버를 거쳐 연결돼 있어요. 진행자가 바꿀 수 있어요.',
    },
  },
});
