import { DeviceError, MadangError, RefusedError } from '../sdk.js';
import { defineTexts } from '../texts/define-texts.js';
import { topologyTexts } from './topology/topology-texts.js';

const problemTexts = defineTexts({
  en: {
    permissionDenied: {
      camera:
        'The browser does not let Madang use the camera. Allow it with the icon beside the address, then try again.',
      microphone:
        'The browser does not let Madang use the microphone. Allow it with the icon beside the address, then try again.',
      screen:
        'The browser or the system does not let Madang see the screen. Allow screen recording, then try again.',
      speaker: 'The browser does not let Madang use this speaker. Choose another one in the settings.',
    },
    deviceNotFound: {
      camera: 'No camera was found. Plug one in, then try again.',
      microphone: 'No microphone was found. Plug one in, then try again.',
      screen: 'There is nothing to share.',
      speaker: 'This speaker is gone. Choose another one in the settings.',
    },
    deviceBusy: {
      camera: 'Another program is using the camera. Close it, then try again.',
      microphone: 'Another program is using the microphone. Close it, then try again.',
      screen: 'The screen cannot be recorded right now. Try again.',
      speaker: 'The speaker cannot be used right now. Choose another one in the settings.',
    },
    insecureContext:
      'Camera and microphone need an address that begins with https. Ask whoever runs this server.',
    unsupported: 'This browser cannot do that. A current Chrome, Edge, Firefox or Safari can.',
    captureFailed:
      'The device gives no picture or sound. Unplug it and plug it in again, or choose another one in the settings.',
    forbidden: 'Only a host may do that.',
    rateLimited: 'That was too fast. Wait a moment, then try again.',
    gone: 'This person is no longer here.',
    notConnected: 'The server cannot be reached right now. Try again when the connection is back.',
    other: 'That did not work. Try again; if it happens again, reload the page.',
  },
  ko: {
    permissionDenied: {
      camera: '브라우저가 카메라를 막고 있어요. 주소 옆 아이콘을 눌러 허용한 뒤 다시 해 보세요.',
      microphone: '브라우저가 마이크를 막고 있어요. 주소 옆 아이콘을 눌러 허용한 뒤 다시 해 보세요.',
      screen: '브라우저나 시스템이 화면 공유를 막고 있어요. 화면 기록을 허용한 뒤 다시 해 보세요.',
      speaker: '브라우저가 이 스피커를 막고 있어요. 설정에서 다른 스피커를 골라 주세요.',
    },
    deviceNotFound: {
      camera: '카메라를 찾지 못했어요. 연결한 뒤 다시 해 보세요.',
      microphone: '마이크를 찾지 못했어요. 연결한 뒤 다시 해 보세요.',
      screen: '공유할 화면이 없어요.',
      speaker: '이 스피커가 없어졌어요. 설정에서 다른 스피커를 골라 주세요.',
    },
    deviceBusy: {
      camera: '다른 프로그램이 카메라를 쓰고 있어요. 그 프로그램을 닫고 다시 해 보세요.',
      microphone: '다른 프로그램이 마이크를 쓰고 있어요. 그 프로그램을 닫고 다시 해 보세요.',
      screen: '지금은 화면을 공유할 수 없어요. 다시 해 보세요.',
      speaker: '지금은 이 스피커를 쓸 수 없어요. 설정에서 다른 스피커를 골라 주세요.',
    },
    insecureContext:
      '카메라와 마이크는 https로 시작하는 주소에서만 쓸 수 있어요. 서버 관리자에게 알려 주세요.',
    unsupported: '이 브라우저에서는 할 수 없어요. 최신 Chrome, Edge, Firefox, Safari에서 해 보세요.',
    captureFailed:
      '장치에서 화면이나 소리가 오지 않아요. 뺐다가 다시 꽂거나 설정에서 다른 장치를 골라 주세요.',
    forbidden: '진행자만 할 수 있어요.',
    rateLimited: '너무 빨랐어요. 잠시 기다렸다가 다시 해 보세요.',
    gone: '이 사람은 이제 방에 없어요.',
    notConnected: '지금 서버에 닿지 않아요. 연결이 돌아오면 다시 해 보세요.',
    other: '잘 안 됐어요. 다시 해 보고, 또 그러면 페이지를 새로 고쳐 주세요.',
  },
});

/** What to tell somebody of a failure; undefined when it was their own wish (a closed dialog of the browser). */
export function problemWords(error: unknown): string | undefined {
  const text = problemTexts();
  if (error instanceof DeviceError) return deviceProblemWords(error, text);
  if (error instanceof RefusedError) {
    if (error.code === 'forbidden') return text.forbidden;
    if (error.code === 'rateLimited') return text.rateLimited;
    if (error.code === 'notFound') return text.gone;
    if (error.code === 'topologyUnavailable') return topologyTexts().unavailable;
    return text.other;
  }
  if (error instanceof MadangError && error.code === 'notConnected') return text.notConnected;
  return text.other;
}

function deviceProblemWords(error: DeviceError, text: ReturnType<typeof problemTexts>): string | undefined {
  switch (error.code) {
    case 'permissionDismissed':
      return undefined;
    case 'permissionDenied':
      return text.permissionDenied[error.device];
    case 'deviceNotFound':
    case 'overconstrained':
      return text.deviceNotFound[error.device];
    case 'deviceBusy':
      return text.deviceBusy[error.device];
    case 'insecureContext':
      return text.insecureContext;
    case 'unsupported':
      return text.unsupported;
    case 'captureFailed':
      return text.captureFailed;
  }
}
