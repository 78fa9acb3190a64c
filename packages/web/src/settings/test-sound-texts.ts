import { defineTexts } from '../texts/define-texts.js';

export const testSoundTexts = defineTexts({
  en: {
    play: 'Test the sound',
    playing: 'Listen…',
    played: 'Heard nothing? Turn the volume up or choose another speaker.',
    failed: 'This speaker does not play. Choose another one.',
  },
  ko: {
    play: '소리 확인하기',
    playing: '들어 보세요…',
    played: '안 들렸나요? 소리를 키우거나 다른 스피커를 골라 보세요.',
    failed: '이 스피커로는 소리를 낼 수 없어요. 다른 스피커를 골라 주세요.',
  },
});
