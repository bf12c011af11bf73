// What the tablet knows: a row for each parcel and cage, from the list or from an answer. Pure.

import type { Answers } from '../device/api.ts';
import type { Row } from '../device/box.ts';
import type { Sides } from '../device/numbers.ts';
import { FIRST_AFTER } from '../device/statement.ts';

/** A parcel, or a cage or bag with what is in it, as the tablet knows it. `after` is its last handover. */
export interface Known extends Row {
  readonly kind: 'parcel' | 'aggregate';
  readonly sscc: string;
  readonly tracking: string;
  readonly state: string;
  readonly custodian: string;
  readonly after: string;
  /** What the last handover that this tablet told of continues from; null if it told of none. */
  readonly from: string | null;
  readonly lane: string | null;
  readonly route: string | null;
  readonly sealed: boolean;
  readonly seal: string | null;
  readonly weight_g: number | null;
  /** As declared, if all three were. */
  readonly sides_mm: Sides | null;
  readonly contents: readonly string[];
  /** Open exceptions, as far as the tablet knows: somebody looks after it. */
  readonly exceptions: number;
  /** A cage that this tablet has opened. */
  readonly open: boolean;
  /** Asked for by its number: the worklist does not keep it fresh. */
  readonly asked: boolean;
}

/** One page of the worklist: opaque facts, no personal data. `gone` left since `after`; `whole`: an earlier list is void. */
export type WorklistPage = Answers['GET /v1/depots/{depot}/worklist'];
export type Lane = WorklistPage['lanes'][number];
export type Route = WorklistPage['routes'][number];

/** What is the same for every parcel: the lanes of the depot and today's routes. */
export interface Plan {
  readonly lanes: readonly Lane[];
  readonly routes: readonly Route[];
  readonly fetched_ms: number;
}

export const NO_PLAN: Plan = { lanes: [], routes: [], fetched_ms: 0 };

/** Whether the giver is the merchant itself, which has no device: nobody had it before. */
export const isFirst = (row: Known): boolean => row.after === FIRST_AFTER;

/** A cage answers to what lies in it too, under this name: so the cage of a parcel is found at once. */
export const withinKey = (parcel: string): string => `in ${parcel}`;

/** A parcel answers to its route too, under this name: so a van's load is found at once. */
export const routeKey = (route: string): string => `on ${route}`;

/** A cage with these contents. */
export const holding = (cage: Known, contents: readonly string[]): Known => ({
  ...cage,
  contents,
  numbers: [cage.id, cage.sscc, ...contents.map(withinKey)],
});

/** The rows of a page. */
export const rowsOf = (page: WorklistPage): Known[] => [
  ...page.parcels.map(
    (one): Known => ({
      ...BARE,
      id: one.parcel,
      numbers: [one.parcel, one.numbers.sscc, one.numbers.s10, one.numbers.tracking, ...(one.numbers.other ? [one.numbers.other] : []), ...(one.route === null ? [] : [routeKey(one.route)])],
      sscc: one.numbers.sscc,
      tracking: one.numbers.tracking,
      state: one.state,
      custodian: one.custodian,
      after: one.after,
      lane: one.lane,
      route: one.route,
      sealed: one.sealed,
      seal: one.seal,
      weight_g: one.weight_g,
      sides_mm: one.sides_mm,
      exceptions: one.exceptions,
    }),
  ),
  ...page.aggregates.map((one) => cageRow(one.aggregate, one)),
];

/** The row of a parcel that was asked for by its number: without lane and route, which only the worklist tells. */
export const rowOf = (one: Answers['GET /v1/parcels/{number}']): Known => ({
  ...BARE,
  id: one.parcel,
  numbers: [one.parcel, one.sscc, one.s10, one.tracking],
  sscc: one.sscc,
  tracking: one.tracking,
  state: one.state,
  custodian: one.custodian,
  after: one.last_handover,
  sealed: one.sealed,
  seal: one.seal,
  asked: true,
});

/** The row of a cage that was asked for by its number. */
export const rowOfCage = (one: Answers['GET /v1/aggregates/{number}']): Known => ({
  ...cageRow(one.id, { ...one, after: one.last_handover, contents: one.contents.map((inside) => inside.parcel) }),
  exceptions: one.open_exceptions,
  asked: true,
});

const BARE: Known = {
  id: '',
  numbers: [],
  kind: 'parcel',
  sscc: '',
  tracking: '',
  state: 'received',
  custodian: '',
  after: FIRST_AFTER,
  from: null,
  lane: null,
  route: null,
  sealed: false,
  seal: null,
  weight_g: null,
  sides_mm: null,
  contents: [],
  exceptions: 0,
  open: false,
  asked: false,
};

/** A cage's seal is read only while it is closed. */
function cageRow(id: string, one: Omit<WorklistPage['aggregates'][number], 'aggregate'>): Known {
  const { sscc, custodian, after } = one;
  const bare = { ...BARE, id, kind: 'aggregate', sscc, custodian, after, state: one.state, seal: one.closed ? one.seal : null } as const;
  return holding(bare, one.contents);
}
