// Every text of the page. Both languages have the same keys; status-page.test.ts holds them to it.

export const LANGUAGES = ['en', 'ko'];

export const TEXTS = {
  en: {
    brand: 'Madang',
    language: 'Language',
    paths: 'Paths between this browser and the server',
    again: 'Try again',
    hint: 'Open a line to see the technical words.',
    about:
      'Your browser makes these test calls with itself through this server. Nothing else is sent anywhere.',

    'name.host': 'This browser',
    'name.stun': 'Finding your public address',
    'name.turn-udp': 'Relay, the fast way',
    'name.turn-tcp': 'Relay, for strict networks',
    'name.turn-tls': 'Relay, encrypted like a website',

    waiting: 'next',
    trying: 'trying…',
    works: 'works',
    worksIn: 'works, {ms} ms',
    fails: 'does not work',
    untried: 'not tried',

    'headline.trying': 'Can you call from here?',
    'headline.all': 'Calls get through from here',
    'headline.fast': 'Calls get through from here',
    'headline.detour': 'Calls get through, by a detour',
    'headline.none': 'The relay cannot be reached from here',
    'headline.browser': 'This browser does not make calls',
    'headline.credentials': 'This server relays for people it knows',
    'headline.server': 'The server does not answer',
    'explanation.trying':
      'One short test call after another, each over a different path. It takes a few seconds.',
    'explanation.all': 'Every path to this server works, so calls find a way out of strict networks too.',
    'explanation.fast':
      'The fast path works. A path for strict networks does not yet: see below what it needs.',
    'explanation.detour':
      'This network blocks UDP, so calls travel over {path} instead. They work, with a little more delay when the line is busy.',
    'explanation.none':
      'Calls between open networks may still work. People behind strict networks could not join: see below why.',
    'explanation.browser': 'WebRTC is switched off here. See below how to bring it back.',
    'explanation.credentials':
      'To try its paths this page needs names and passwords for two. They are made in a second, and expire by themselves.',
    'explanation.server': 'It may be restarting. Wait a moment and try again.',

    credentialsHow: 'Run these where the server runs, or ask the person who runs it:',
    credentialsPaste: 'Paste what they print',
    credentialsUse: 'Try with these',
    credentialsProblem:
      'This is not what the commands print. Paste all of it, from the first { to the last }.',

    'why.browser':
      'This browser does not let pages make calls. Allow WebRTC in its settings, or pause the extension that blocks it.',
    'why.noAnswer': 'No answer came. A firewall may block UDP: open UDP port {port} towards this server.',
    'why.noAnswerTcp':
      'No connection was made. A firewall may block it: open TCP port {port} towards this server.',
    'why.tls':
      'No encrypted connection was made. Most likely the browser does not trust the certificate: give the server one from a public authority (tlsCert, tlsKey), or open TCP port {port}.',
    'why.credential': 'The server refused the name and password. They may have expired: get new ones.',
    'why.quota':
      'The server has given you as many relays as one person may have. Close other calls and try again.',
    'why.capacity': 'The server is full or about to stop. Try again in a minute.',
    'why.lost':
      'The relay was given, but no message came back through it. The server may not be allowed to reach its own relay ports: open its relay ports in its firewall.',
    'why.unknown': 'The server answered with error {code}. Its operator finds the reason in its log.',
    'note.open': 'No address translation stands between you and the server.',
    'note.notOffered': 'This server does not offer this path.',
    'note.browser': 'This browser cannot try it.',
    'note.oneCredential':
      'The server gives a relay. To send a message through it as well, paste the credentials of two people.',

    'term.kind': 'Candidate',
    'term.address': 'Address',
    'term.addressHidden': 'hidden by the browser (mDNS)',
    'term.server': 'Server',
    'term.error': 'Error',
    'term.time': 'Measured',
    'term.timeRelay': 'round trip through two relays, middle of {count}',
    'term.timeStun': 'until the server’s answer',
  },
  ko: {
    brand: '마당',
    language: '언어',
    paths: '이 브라우저와 서버 사이의 길',
    again: '다시 해 보기',
    hint: '줄을 누르면 기술 용어를 볼 수 있어요.',
    about: '브라우저가 이 서버를 거쳐 자기 자신과 시험 통화를 해요. 다른 곳으로는 아무것도 보내지 않아요.',

    'name.host': '이 브라우저',
    'name.stun': '내 공인 주소 찾기',
    'name.turn-udp': '중계, 가장 빠른 길',
    'name.turn-tcp': '중계, 까다로운 네트워크용',
    'name.turn-tls': '중계, 웹사이트처럼 암호화',

    waiting: '기다리는 중',
    trying: '해 보는 중…',
    works: '잘 돼요',
    worksIn: '잘 돼요, {ms}ms',
    fails: '안 돼요',
    untried: '해 보지 않았어요',

    'headline.trying': '여기서 통화할 수 있을까요?',
    'headline.all': '여기서는 통화가 잘 돼요',
    'headline.fast': '여기서는 통화가 돼요',
    'headline.detour': '조금 돌아가지만 통화가 돼요',
    'headline.none': '여기서는 중계 서버에 닿지 않아요',
    'headline.browser': '이 브라우저에서는 통화할 수 없어요',
    'headline.credentials': '아는 사람에게만 중계해 주는 서버예요',
    'headline.server': '서버가 대답하지 않아요',
    'explanation.trying': '길마다 한 번씩 짧은 시험 통화를 해요. 몇 초면 끝나요.',
    'explanation.all': '서버로 가는 길이 모두 열려 있어요. 까다로운 네트워크에서도 통화할 수 있어요.',
    'explanation.fast':
      '빠른 길은 열려 있어요. 까다로운 네트워크용 길은 아직 안 되니, 무엇이 필요한지 아래에서 확인해 보세요.',
    'explanation.detour':
      '이 네트워크가 UDP를 막고 있어서 {path}로 돌아가요. 통화는 되지만 회선이 붐비면 조금 늦어질 수 있어요.',
    'explanation.none':
      '열린 네트워크끼리는 통화가 될 수 있어요. 까다로운 네트워크에 있는 사람은 들어올 수 없으니, 아래에서 까닭을 확인해 보세요.',
    'explanation.browser': 'WebRTC가 꺼져 있어요. 다시 켜는 방법은 아래에 있어요.',
    'explanation.credentials':
      '길을 시험하려면 두 사람의 이름과 비밀번호가 필요해요. 금방 만들 수 있고, 시간이 지나면 저절로 만료돼요.',
    'explanation.server': '다시 시작하는 중일 수 있어요. 잠시 뒤에 다시 해 보세요.',

    credentialsHow: '서버가 있는 곳에서 아래 명령을 실행하거나, 서버 운영자에게 부탁해 보세요.',
    credentialsPaste: '나온 내용을 붙여 넣어 주세요',
    credentialsUse: '이걸로 해 보기',
    credentialsProblem: '명령이 보여 준 내용과 달라요. 첫 { 부터 마지막 } 까지 모두 붙여 넣어 주세요.',

    'why.browser':
      '이 브라우저가 통화를 막고 있어요. 설정에서 WebRTC를 허용하거나, 막고 있는 확장 프로그램을 잠시 꺼 주세요.',
    'why.noAnswer':
      '대답이 없어요. 방화벽이 UDP를 막는 것 같으니, 이 서버로 가는 UDP {port}번 포트를 열어 주세요.',
    'why.noAnswerTcp':
      '연결되지 않았어요. 방화벽이 막는 것 같으니, 이 서버로 가는 TCP {port}번 포트를 열어 주세요.',
    'why.tls':
      '암호화된 연결을 만들지 못했어요. 브라우저가 인증서를 믿지 않는 것 같으니, 공인 인증서를 서버에 넣거나(tlsCert, tlsKey) TCP {port}번 포트를 열어 주세요.',
    'why.credential': '서버가 이름과 비밀번호를 받아 주지 않았어요. 만료됐을 수 있으니 새로 받아 주세요.',
    'why.quota': '한 사람이 쓸 수 있는 중계를 모두 쓰고 있어요. 다른 통화를 끝내고 다시 해 보세요.',
    'why.capacity': '서버가 가득 찼거나 곧 멈춰요. 1분 뒤에 다시 해 보세요.',
    'why.lost':
      '중계는 받았지만 메시지가 돌아오지 않았어요. 서버가 자기 중계 포트에 닿지 못하는 것 같으니, 서버 방화벽에서 중계 포트를 열어 주세요.',
    'why.unknown': '서버가 오류 {code}번으로 대답했어요. 서버 운영자가 기록에서 까닭을 찾을 수 있어요.',
    'note.open': '나와 서버 사이에 주소 변환이 없어요.',
    'note.notOffered': '이 서버에는 없는 길이에요.',
    'note.browser': '이 브라우저로는 해 볼 수 없어요.',
    'note.oneCredential':
      '서버가 중계를 내주었어요. 메시지까지 보내 보려면 두 사람의 이름과 비밀번호를 붙여 넣어 주세요.',

    'term.kind': '후보',
    'term.address': '주소',
    'term.addressHidden': '브라우저가 숨김 (mDNS)',
    'term.server': '서버',
    'term.error': '오류',
    'term.time': '잰 방법',
    'term.timeRelay': '중계 두 번을 거친 왕복 시간, {count}번 가운데 중간값',
    'term.timeStun': '서버가 대답할 때까지 걸린 시간',
  },
};
