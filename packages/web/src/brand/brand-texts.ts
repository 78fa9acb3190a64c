import { defineTexts } from '../texts/define-texts.js';

export const brandTexts = defineTexts({
  en: { brand: 'Madang', home: 'Madang, to the start page', language: 'Language', settings: 'Settings' },
  ko: { brand: '마당', home: '마당 첫 화면으로', language: '언어', settings: '설정' },
});
