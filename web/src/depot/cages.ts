// Cages, bags and pallets: what a scan of one means. Pure. One handover moves all that lies in it.

import { type AtHand, notHere, said, SEAL_READ, type Telling, type Verdict } from './verdict.ts';
import { isFirst, type Known, type Route } from './known.ts';

/** What it means that this cage was read here. */
export function judgeCage(screen: 'receive' | 'sort' | 'load', cage: Known, hand: AtHand): Verdict {
  if (screen === 'receive') return received(cage, hand);
  const held = notHere(cage, hand);
  if (screen === 'sort') return held ?? sorted(cage, hand);
  if (hand.route !== undefined && cage.custodian === hand.route.driver) return said('look', 'aboard.word', hand.route.route, 'aboard.title', 'here.cage', cage);
  return held ?? loaded(cage, hand);
}

/** What it means that a parcel was read which lies in a cage by the record; undefined once somebody says that it lies loose. */
export function judgeInside(row: Known, hand: AtHand): Verdict | undefined {
  if (hand.within === undefined || hand.loose) return undefined;
  return { ...said('look', 'in_cage.word', '', 'in_cage.title', 'in_cage.text', row), params: { cage: hand.within.sscc.slice(-4) } };
}

/** Whether a parcel may be put into the cage that is being packed. */
export function judgePacked(row: Known, cage: Known, inside: readonly Known[]): Verdict | undefined {
  if (cage.contents.includes(row.id)) return said('look', 'again.word', '', 'in_this.title', 'again.text', row);
  if (!inside.some((other) => other.route !== row.route)) return undefined;
  return said('wrong', 'other_cage.word', '', 'other_cage.title', 'other_cage.text', row);
}

function received(cage: Known, hand: AtHand): Verdict {
  if (cage.custodian === hand.party) return said('look', 'here.word', '', 'here.title', 'here.cage', cage);
  const tell: Telling = { act: 'hand', side: 'taker', way: isFirst(cage) ? 'counter' : 'devices', other: cage.custodian, state: 'received' };
  const verdict = { ...said('right', 'received.word', '', 'received.title', 'received.cage', cage), tell };
  return cage.seal === null ? verdict : { ...verdict, ...SEAL_READ };
}

function sorted(cage: Known, hand: AtHand): Verdict {
  if (cage.contents.length === 0 || hand.cage?.id === cage.id) return said('look', 'pack.word', '', 'pack.title', 'pack.text', cage);
  const verdict = said('look', 'opened.word', '', 'opened.title', 'opened.text', cage);
  return cage.open ? verdict : { ...verdict, tell: { act: 'open' } };
}

function loaded(cage: Known, hand: AtHand): Verdict {
  const { route, inside } = hand;
  if (route === undefined) return said('look', 'no_route.word', '', 'no_route.title', 'no_route.text', cage);
  if (cage.exceptions > 0 || inside.some((row) => row.exceptions > 0)) return said('wrong', 'excepted.word', '', 'excepted.title', 'excepted.cage', cage);
  if (cage.contents.length === 0) return said('wrong', 'empty_cage.word', '', 'empty_cage.title', 'empty_cage.text', cage);
  const strangers = others(inside, route);
  const unsure = cage.contents.length - inside.length;
  if (strangers.length > 0 || unsure > 0) {
    const params = { count: String(strangers.length + unsure), all: String(cage.contents.length), here: route.route };
    return { ...said('wrong', 'mixed_cage.word', strangers[0]?.route ?? '', 'mixed_cage.title', 'mixed_cage.text', cage), params };
  }
  if (route.idle || route.barred.some((one) => inside.some((row) => row.id === one.parcel))) return said('wrong', 'barred.word', '', 'barred.title', 'barred.cage', cage);
  const tell: Telling = { act: 'hand', side: 'giver', way: 'devices', other: route.driver, state: 'loaded' };
  const verdict = { ...said('right', 'loaded.word', route.route, 'loaded.cage', 'next.text', cage), tell };
  return cage.seal === null ? verdict : { ...verdict, ...SEAL_READ };
}

const others = (inside: readonly Known[], route: Route): Known[] => inside.filter((row) => row.route !== route.route);
