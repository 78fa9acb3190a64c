import { changePreferences } from '../settings/preferences.js';
import { language } from '../texts/language.js';
import { IconButton } from '../ui/icon-button.js';
import { BrandMark } from './brand-mark.js';
import { brandTexts } from './brand-texts.js';
import './brand-bar.css';

/** The head of every page but the room: where one is, the language, the settings. */
export function BrandBar({ openSettings }: { readonly openSettings?: () => void }) {
  const text = brandTexts();
  const choose = (chosen: 'ko' | 'en') => () => changePreferences({ language: chosen });
  return (
    <header class="brand-bar">
      <a class="brand-bar-name" href="/" aria-label={text.home}>
        <BrandMark />
        <span>{text.brand}</span>
      </a>
      <div class="brand-bar-languages" role="group" aria-label={text.language}>
        <button
          type="button"
          lang="ko"
          aria-pressed={language.value === 'ko'}
          data-testid="language-ko"
          onClick={choose('ko')}
        >
          한국어
        </button>
        <button
          type="button"
          lang="en"
          aria-pressed={language.value === 'en'}
          data-testid="language-en"
          onClick={choose('en')}
        >
          English
        </button>
      </div>
      {openSettings && (
        <IconButton
          icon="settings"
          label={text.settings}
          tip="below"
          class="brand-bar-settings"
          data-testid="open-settings"
          onClick={openSettings}
        />
      )}
    </header>
  );
}
