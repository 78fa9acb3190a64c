import { defineTexts } from '../texts/define-texts.js';

/** What happened, why, what to do: for each code, in this order. */
export const problemTexts = defineTexts({
  en: {
    roomFull: {
      what: 'The room is full.',
      why: 'As many people as it takes are inside.',
      todo: 'Wait until somebody leaves, or agree on another room.',
    },
    roomLocked: {
      what: 'The room is locked.',
      why: 'A host has closed the door so that the call stays among those inside.',
      todo: 'Ask somebody inside to unlock it, then try again.',
    },
    serverFull: {
      what: 'The server has no room left.',
      why: 'It holds as many rooms as it takes.',
      todo: 'Try again in a few minutes.',
    },
    serverStopping: {
      what: 'The server is restarting.',
      why: 'Somebody updates or restarts it just now.',
      todo: 'Try again in a few seconds.',
    },
    unauthorized: {
      what: 'This room needs an invitation.',
      why: 'The link has none, or it is for another room.',
      todo: 'Ask whoever invited you for a new link, and open it as it is. If you run this server, “madang token” makes one.',
    },
    tokenExpired: {
      what: 'The invitation has expired.',
      why: 'It was good for a limited time.',
      todo: 'Ask whoever invited you for a new link.',
    },
    forbidden: {
      what: 'Your invitation does not allow this.',
      why: 'What you may do in the room stands in the invitation.',
      todo: 'Ask whoever invited you for another one.',
    },
    nameRequired: {
      what: 'The room wants to know your name.',
      why: 'Nobody enters without one.',
      todo: 'Write a name and try again.',
    },
    rateLimited: {
      what: 'That was too often in a short time.',
      why: 'The server slows down whoever asks very often, to stay quick for all.',
      todo: 'Wait a minute, then try again.',
    },
    denied: {
      what: 'You were not let in.',
      why: 'A host said no, or no host is there any more.',
      todo: 'Ask whoever invited you.',
    },
    removed: {
      what: 'You were taken out of the call.',
      why: 'A host removed you from the room.',
      todo: 'Talk to the host if you think that was a mistake.',
    },
    replaced: {
      what: 'The call goes on in another window.',
      why: 'You opened this room again elsewhere, and one person is in it once.',
      todo: 'Close this window, or take the call back here.',
    },
    lost: {
      what: 'The connection was lost.',
      why: 'The server could not be reached for more than a minute.',
      todo: 'Look at your network. When it is back, go in again: the others may still be there.',
    },
    serverUnreachable: {
      what: 'The server does not answer.',
      why: 'Either your network is down, or it blocks this server, or the server is off.',
      todo: 'See whether other pages open. If they do, ask whoever runs the server.',
    },
    timeout: {
      what: 'That took too long.',
      why: 'The server answers slowly, or the network loses much.',
      todo: 'Try again, from a better place if you can.',
    },
    versionUnsupported: {
      what: 'This page is older than the server.',
      why: 'The server was updated while the page was open.',
      todo: 'Reload the page.',
    },
    insecureContext: {
      what: 'Camera and microphone need HTTPS.',
      why: 'This address begins with http://, and browsers then give out no devices.',
      todo: 'Ask whoever runs the server for the https:// address. You can watch and listen meanwhile.',
    },
    unsupportedBrowser: {
      what: 'This browser cannot make calls.',
      why: 'It lacks WebRTC, or it was turned off.',
      todo: 'Open the link in a current Chrome, Edge, Firefox or Safari.',
    },
    unknownPage: {
      what: 'There is nothing here.',
      why: 'The address is incomplete, or the name of the room has characters no name can have.',
      todo: 'Look at the link again, or begin at the start page.',
    },
    unexpected: {
      what: 'Something went wrong.',
      why: 'We did not expect this. It is not your fault.',
      todo: 'Try again. If it stays, give the detail below to whoever runs the server.',
    },
    title: (what: string) => `Madang: ${what}`,
    action: {
      retry: 'Try again',
      reload: 'Reload',
      home: 'To the start page',
      watch: 'Go in to watch',
      copyLink: 'Copy the link',
    },
    takeBack: 'Take the call back here',
    goInAgain: 'Go in again',
    testConnection: 'Test my connection',
    home: 'To the start page',
    detail: 'Technical detail',
  },
  ko: {
    roomFull: {
      what: '방이 가득 찼어요.',
      why: '들어갈 수 있는 사람이 모두 들어와 있어요.',
      todo: '누가 나갈 때까지 기다리거나 다른 방에서 만나세요.',
    },
    roomLocked: {
      what: '방이 잠겨 있어요.',
      why: '안에 있는 사람끼리만 이야기하려고 진행자가 문을 잠갔어요.',
      todo: '안에 있는 사람에게 열어 달라고 하고 다시 해 보세요.',
    },
    serverFull: {
      what: '서버에 남은 방이 없어요.',
      why: '열 수 있는 방이 모두 열려 있어요.',
      todo: '몇 분 뒤에 다시 해 보세요.',
    },
    serverStopping: {
      what: '서버가 다시 켜지는 중이에요.',
      why: '지금 누군가 서버를 새로 고치고 있어요.',
      todo: '몇 초 뒤에 다시 해 보세요.',
    },
    unauthorized: {
      what: '초대받은 사람만 들어갈 수 있는 방이에요.',
      why: '링크에 초대장이 없거나 다른 방의 초대장이에요.',
      todo: '초대한 사람에게 링크를 새로 받아서 그대로 열어 주세요. 이 서버를 운영한다면 “madang token”으로 만들 수 있어요.',
    },
    tokenExpired: {
      what: '초대장 기한이 지났어요.',
      why: '정해진 시간 동안만 쓸 수 있는 초대장이었어요.',
      todo: '초대한 사람에게 링크를 새로 받아 주세요.',
    },
    forbidden: {
      what: '이 초대장으로는 할 수 없는 일이에요.',
      why: '방에서 할 수 있는 일은 초대장에 정해져 있어요.',
      todo: '초대한 사람에게 다른 초대장을 받아 주세요.',
    },
    nameRequired: {
      what: '이름을 알려 주세요.',
      why: '이름 없이는 방에 들어갈 수 없어요.',
      todo: '이름을 쓰고 다시 해 보세요.',
    },
    rateLimited: {
      what: '짧은 시간에 너무 여러 번 했어요.',
      why: '모두가 빠르게 쓸 수 있도록 서버가 잠시 늦추고 있어요.',
      todo: '1분쯤 뒤에 다시 해 보세요.',
    },
    denied: {
      what: '들어가지 못했어요.',
      why: '진행자가 거절했거나, 열어 줄 진행자가 없어요.',
      todo: '초대한 사람에게 물어보세요.',
    },
    removed: {
      what: '통화에서 나오게 됐어요.',
      why: '진행자가 내보냈어요.',
      todo: '잘못된 것 같으면 진행자에게 이야기해 보세요.',
    },
    replaced: {
      what: '다른 창에서 통화가 이어지고 있어요.',
      why: '같은 방을 다른 곳에서 다시 열었고, 한 사람은 한 번만 들어갈 수 있어요.',
      todo: '이 창을 닫거나, 통화를 여기로 가져오세요.',
    },
    lost: {
      what: '연결이 끊겼어요.',
      why: '1분 넘게 서버에 닿지 못했어요.',
      todo: '네트워크를 확인하고 다시 들어가 보세요. 다른 사람들은 아직 있을 거예요.',
    },
    serverUnreachable: {
      what: '서버가 대답하지 않아요.',
      why: '내 네트워크가 끊겼거나, 이 서버를 막고 있거나, 서버가 꺼져 있어요.',
      todo: '다른 페이지가 열리는지 보세요. 열린다면 서버를 운영하는 사람에게 물어보세요.',
    },
    timeout: {
      what: '너무 오래 걸렸어요.',
      why: '서버가 느리거나 네트워크 상태가 좋지 않아요.',
      todo: '될 수 있으면 더 잘 되는 곳에서 다시 해 보세요.',
    },
    versionUnsupported: {
      what: '이 페이지가 서버보다 오래됐어요.',
      why: '페이지를 열어 둔 사이에 서버가 새로워졌어요.',
      todo: '페이지를 새로 고쳐 주세요.',
    },
    insecureContext: {
      what: '카메라와 마이크는 HTTPS에서만 쓸 수 있어요.',
      why: '주소가 http://로 시작하면 브라우저가 장치를 내주지 않아요.',
      todo: '서버를 운영하는 사람에게 https:// 주소를 물어보세요. 그동안 보고 들을 수는 있어요.',
    },
    unsupportedBrowser: {
      what: '이 브라우저로는 통화할 수 없어요.',
      why: 'WebRTC가 없거나 꺼져 있어요.',
      todo: '최신 크롬, 엣지, 파이어폭스, 사파리에서 링크를 열어 주세요.',
    },
    unknownPage: {
      what: '여기에는 아무것도 없어요.',
      why: '주소가 덜 적혔거나, 방 이름에 쓸 수 없는 글자가 있어요.',
      todo: '링크를 다시 확인하거나 첫 화면에서 시작해 주세요.',
    },
    unexpected: {
      what: '문제가 생겼어요.',
      why: '예상하지 못한 일이에요. 잘못하신 것은 없어요.',
      todo: '다시 해 보세요. 그래도 안 되면 아래 내용을 서버를 운영하는 사람에게 알려 주세요.',
    },
    title: (what: string) => `마당: ${what}`,
    action: {
      retry: '다시 해 보기',
      reload: '새로 고침',
      home: '첫 화면으로',
      watch: '보러 들어가기',
      copyLink: '링크 복사',
    },
    takeBack: '통화를 여기로 가져오기',
    goInAgain: '다시 들어가기',
    testConnection: '내 연결 확인하기',
    home: '첫 화면으로',
    detail: '자세한 내용',
  },
});
