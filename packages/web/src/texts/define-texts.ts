import { language } from './language.js';

/** A text, a text with parameters, or a group of them. */
export type Texts = { readonly [key: string]: string | ((...parameters: never[]) => string) | Texts };

/** The same keys with the same parameters, whatever the words. */
export type SameTexts<Catalogue> = {
  readonly [Key in keyof Catalogue]: Catalogue[Key] extends (...parameters: infer Parameters) => string
    ? (...parameters: Parameters) => string
    : Catalogue[Key] extends string
      ? string
      : SameTexts<Catalogue[Key]>;
};

/**
 * Makes a catalogue in both languages. The function it answers gives the texts in the language of now; called in a
 * component it makes the component follow a change of language. A key missing in Korean does not compile.
 *
 *     const doorTexts = defineTexts({ en: { open: 'Open' }, ko: { open: '열기' } });
 *     const text = doorTexts();  // { open: string }
 */
export function defineTexts<const Catalogue extends Texts>(catalogues: {
  readonly en: Catalogue;
  readonly ko: NoInfer<SameTexts<Catalogue>>;
}): () => SameTexts<Catalogue> {
  const en = catalogues.en as unknown as SameTexts<Catalogue>;
  return () => (language.value === 'ko' ? catalogues.ko : en);
}
