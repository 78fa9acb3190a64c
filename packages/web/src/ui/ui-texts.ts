import { defineTexts } from '../texts/define-texts.js';

export const uiTexts = defineTexts({
  en: {
    close: 'Close',
    notices: 'Messages',
    earlier: 'Earlier messages',
  },
  ko: {
    close: '닫기',
    notices: '알림',
    earlier: '지난 알림',
  },
});
