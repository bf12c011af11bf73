// The depot's screens: begins with the page's own words about who it is for.

import { mount } from 'svelte';
import App from './App.svelte';
import { speaking } from './words/index.ts';

const target = document.getElementById('depot');
if (target !== null) {
  const { party = '', place = '', name = '', worker = '' } = target.dataset;
  const language = document.documentElement.lang;
  const say = await speaking(language);
  target.replaceChildren();
  mount(App, { target, props: { party, place, name, language, say } });
  if ('serviceWorker' in navigator && worker !== '') void navigator.serviceWorker.register(worker, { scope: '/depot' });
}
