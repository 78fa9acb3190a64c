import { defineTexts } from '../texts/define-texts.js';

export const uiTexts = defineTexts({
  en: {
    close: 'Close',
    notices: 'Messages',
    earlier: 'Earlier messages',
    noNotices: 'There have been none yet.',
    copyLink: 'Copy the link',
    copied: 'Copied',
    language: 'Language',
  },
  ko: {
    close: '닫기',
    notices: '알림',
    earlier: '지난 알림',
    noNotices: '아직 알림이 없어요.',
    copyLink: '링크 복사',
    copied: '복사했어요',
    language: '언어',
  },
});
