import { defineTexts } from '../texts/define-texts.js';

/** Why a camera or a microphone cannot be had, and what to do. */
export const deviceHelpTexts = defineTexts({
  en: {
    device: {
      camera: 'camera',
      microphone: 'microphone',
      screen: 'screen',
      speaker: 'speaker',
      both: 'camera and microphone',
    },
    again: 'Try again',
    permissionDenied: (device: string) => `Your browser blocks the ${device}.`,
    permissionDismissed: (device: string) =>
      `The question about your ${device} was closed without an answer.`,
    permissionDismissedHint: 'Press “Try again” and allow it.',
    deniedBySystem: (device: string) => `Your system does not let the browser use the ${device}.`,
    deviceNotFound: (device: string) => `There is no ${device}.`,
    deviceNotFoundHint: 'Plug one in: it is found at once. You can also go in without.',
    deviceBusy: (device: string) => `Another program holds your ${device}.`,
    deviceBusyHint: 'Close the other call or camera program, then try again.',
    overconstrained: (device: string) => `Your ${device} cannot do what the settings ask for.`,
    overconstrainedHint: 'Choose another device below, or a lower quality in the settings.',
    insecureContext: (device: string) => `Without HTTPS no browser gives out the ${device}.`,
    insecureContextHint:
      'Open this page with an address that begins with https://. You can still go in to watch and listen.',
    captureFailed: (device: string) => `Your ${device} could not be opened.`,
    captureFailedHint: 'Unplug it and plug it in again, or restart the browser, then try again.',
    steps: {
      chrome: 'Press the icon left of the address, turn on camera and microphone, then try again.',
      edge: 'Press the lock left of the address, allow camera and microphone, then try again.',
      firefox: 'Press the crossed-out icon left of the address, take the block away, then try again.',
      safariMac:
        'In the menu Safari, open “Settings for This Website”, allow camera and microphone, then try again.',
      safariIos:
        'Press the page icon beside the address, open “Website Settings”, allow camera and microphone, then try again.',
      chromeAndroid:
        'Press the icon left of the address, open “Permissions”, allow camera and microphone, then try again.',
      samsung:
        'Press the lock beside the address, open “Permissions”, allow camera and microphone, then try again.',
      firefoxAndroid: 'Press the lock beside the address, allow camera and microphone, then try again.',
      inApp:
        'Apps like this one keep camera and microphone to themselves. Open the link in your usual browser.',
      other: 'Look for a camera or a lock beside the address, allow camera and microphone, then try again.',
    },
    systemSteps:
      'Open the privacy settings of your system, allow the browser to use camera and microphone, then restart the browser.',
  },
  ko: {
    device: {
      camera: '카메라',
      microphone: '마이크',
      screen: '화면',
      speaker: '스피커',
      both: '카메라와 마이크',
    },
    again: '다시 해 보기',
    permissionDenied: (device: string) => `브라우저가 ${device} 사용을 막았어요.`,
    permissionDismissed: (device: string) => `${device} 사용을 묻는 창이 답 없이 닫혔어요.`,
    permissionDismissedHint: '‘다시 해 보기’를 누르고 허용해 주세요.',
    deniedBySystem: (device: string) => `시스템이 브라우저의 ${device} 사용을 막았어요.`,
    deviceNotFound: (device: string) => `${device} 장치를 찾을 수 없어요.`,
    deviceNotFoundHint: '지금 꽂으면 바로 알아봐요. 없이 들어가도 돼요.',
    deviceBusy: (device: string) => `다른 프로그램이 ${device} 장치를 쓰고 있어요.`,
    deviceBusyHint: '다른 통화나 카메라 프로그램을 닫고 다시 해 보세요.',
    overconstrained: (device: string) => `설정대로는 ${device} 장치를 열 수 없어요.`,
    overconstrainedHint: '아래에서 다른 장치를 고르거나 설정에서 화질을 낮춰 보세요.',
    insecureContext: (device: string) => `HTTPS가 아니면 브라우저가 ${device} 장치를 내주지 않아요.`,
    insecureContextHint:
      'https://로 시작하는 주소로 다시 열어 주세요. 보고 듣기만 하려면 그냥 들어가도 돼요.',
    captureFailed: (device: string) => `${device} 장치를 열지 못했어요.`,
    captureFailedHint: '장치를 뺐다 다시 꽂거나 브라우저를 다시 켠 뒤에 해 보세요.',
    steps: {
      chrome: '주소 왼쪽의 아이콘을 누르고 카메라와 마이크를 켠 다음 다시 해 보세요.',
      edge: '주소 왼쪽의 자물쇠를 누르고 카메라와 마이크를 허용한 다음 다시 해 보세요.',
      firefox: '주소 왼쪽의 빗금 친 아이콘을 누르고 차단을 지운 다음 다시 해 보세요.',
      safariMac:
        '메뉴 막대의 Safari에서 ‘이 웹사이트 설정’을 열어 카메라와 마이크를 허용한 다음 다시 해 보세요.',
      safariIos:
        '주소 옆 페이지 아이콘을 누르고 ‘웹사이트 설정’에서 카메라와 마이크를 허용한 다음 다시 해 보세요.',
      chromeAndroid: '주소 왼쪽의 아이콘을 누르고 ‘권한’에서 카메라와 마이크를 허용한 다음 다시 해 보세요.',
      samsung: '주소 옆 자물쇠를 누르고 ‘권한’에서 카메라와 마이크를 허용한 다음 다시 해 보세요.',
      firefoxAndroid: '주소 옆 자물쇠를 누르고 카메라와 마이크를 허용한 다음 다시 해 보세요.',
      inApp: '이 앱 안에서는 카메라와 마이크를 쓸 수 없어요. 평소 쓰는 브라우저에서 링크를 열어 주세요.',
      other: '주소 옆 자물쇠나 카메라 모양을 눌러 카메라와 마이크를 허용한 다음 다시 해 보세요.',
    },
    systemSteps:
      '시스템의 개인정보 보호 설정에서 브라우저가 카메라와 마이크를 쓰도록 허용하고 브라우저를 다시 켜 주세요.',
  },
});
