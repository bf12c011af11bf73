// Words by id, in the language of the page.

import type { State } from '../../device/api.ts';
import { en, states } from './en.ts';
import { fi, tilat } from './fi.ts';

export type WordId = keyof typeof en;
export type Words = Readonly<Record<WordId, string>>;
export type States = Readonly<Record<State, string>>;
export type Say = (id: WordId, params?: Readonly<Record<string, string | number>>) => string;

export const LANGUAGES: Readonly<Record<string, { words: Words; states: States }>> = { en: { words: en, states }, fi: { words: fi, states: tilat } };

/** Fill the names in braces. What is not given stays as it is, so that it is seen. */
export const filled = (template: string, params: Readonly<Record<string, string | number>>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));

/** The words of a language; English where we do not speak it. A parameter `state` is a state's word. */
export function speaking(language: string): Say {
  const { words, states: spoken } = LANGUAGES[language] ?? { words: en, states };
  return (id, params = {}) => {
    const state = params['state'];
    const named = typeof state === 'string' && state in spoken ? { ...params, state: spoken[state as State] } : params;
    return filled(words[id], named);
  };
}
