// Words by id, in the language of the page.

import type { State } from '../../device/api.ts';

export type WordId = keyof typeof import('./en.ts').en;
export type Words = Readonly<Record<WordId, string>>;
export type States = Readonly<Record<State, string>>;
/** Says a word by its id; a kind of exception as `exception.KIND`. */
export type Say = (id: WordId | `exception.${string}`, params?: Readonly<Record<string, string | number>>) => string;

export interface Language {
  readonly words: Words;
  readonly states: States;
  readonly exceptions: Readonly<Record<string, string>>;
}

/** Each language by itself: a screen fetches that of its page alone. */
export const LANGUAGES = {
  en: (): Promise<Language> => import('./en.ts').then(({ en, states, exceptions }) => ({ words: en, states, exceptions })),
  fi: (): Promise<Language> => import('./fi.ts').then(({ fi, tilat, exceptions }) => ({ words: fi, states: tilat, exceptions })),
} as const;

/** Fill the names in braces. What is not given stays as it is, so that it is seen. */
export const filled = (template: string, params: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));

/** The words of a language; English where we do not speak it. A parameter `state` is a state's word. */
export async function speaking(language: string): Promise<Say> {
  const { words, states, exceptions } = await (language === 'fi' ? LANGUAGES.fi() : LANGUAGES.en());
  return (id, params = {}) => {
    const state = params['state'];
    const named = typeof state === 'string' && state in states ? { ...params, state: states[state as State] } : params;
    const template = id.startsWith('exception.') ? (exceptions[id.slice('exception.'.length)] ?? id) : words[id as WordId];
    return filled(template, named);
  };
}
