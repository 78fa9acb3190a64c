import { computed, effect } from '@preact/signals';
import { preferences, type Language } from '../settings/preferences.js';

export type { Language };

/** The language texts are shown in: the chosen one, or the first of the browser's that there is. */
export const language = computed<Language>(() => preferences.value.language ?? browserLanguage());

/** The first of the browser's languages that the app speaks; English when there is none. */
export function browserLanguage(
  languages: readonly string[] = globalThis.navigator?.languages ?? [],
): Language {
  for (const tag of languages) {
    const primary = tag.toLowerCase().split('-')[0];
    if (primary === 'ko' || primary === 'en') return primary;
  }
  return 'en';
}

/** Keeps `lang` of the document true: screen readers choose their voice by it. */
export function followLanguage(): () => void {
  return effect(() => {
    document.documentElement.lang = language.value;
  });
}
