// What the server answers. Written by `make docs` from the API's own description: not to be edited.

export type State = 'created' | 'received' | 'sorted' | 'loaded' | 'out_for_delivery' | 'offered' | 'delivered' | 'attempted' | 'held' | 'refused' | 'damaged' | 'awaiting_collection' | 'returned' | 'cancelled' | 'lost' | 'found';

export type AggregateKind = 'cage' | 'bag' | 'pallet';

export interface AggregateOut {
  readonly id: string;
  readonly sscc: string;
  readonly kind: AggregateKind;
  readonly merchant: string | null;
  readonly custodian: string;
  readonly since_ms: number;
  readonly state: State;
  readonly last_handover: string;
  readonly closed: boolean;
  readonly seal: string | null;
  readonly open_exceptions: number;
  readonly count: number;
  readonly contents: readonly (Inside)[];
}

export interface DeviceMade {
  readonly device: string;
  readonly party: string;
}

export interface Inside {
  readonly parcel: string;
  readonly state: State;
}

export interface InvitationMade {
  readonly code: string;
  readonly expires_ms: number;
}

export interface PartiesOut {
  readonly parties: readonly (PartyOut)[];
  readonly next: string | null;
}

export type PartyKind = 'merchant' | 'depot' | 'driver' | 'partner' | 'subcontractor';

export interface PartyOut {
  readonly party: string;
  readonly kind: PartyKind;
  readonly name: string;
  readonly country: string | null;
  readonly place: string | null;
  readonly employer: string | null;
}

export interface To {
  readonly name: string;
  readonly street: string;
  readonly postal_code: string;
  readonly city: string;
  readonly country: string;
  readonly phone: string | null;
  readonly note: string | null;
  readonly lat_e7: number | null;
  readonly lon_e7: number | null;
}

export interface ParcelOut {
  readonly parcel: string;
  readonly shipment: string;
  readonly merchant: string;
  readonly recipient: string;
  readonly sscc: string;
  readonly s10: string;
  readonly tracking: string;
  readonly promised_on: string;
  readonly state: State;
  readonly reason: Reason | null;
  readonly custodian: string;
  readonly since_ms: number;
  readonly last_handover: string;
  readonly sealed: boolean;
  readonly seal: string | null;
  readonly open_exceptions: number;
  readonly to: To | null;
}

export type Reason = 'carrier.no_time' | 'carrier.vehicle' | 'carrier.weather' | 'carrier.missorted' | 'carrier.damaged' | 'carrier.address_not_found' | 'carrier.investigation' | 'consignee.absent' | 'consignee.no_access' | 'consignee.refused' | 'consignee.wrong_address' | 'consignee.wish' | 'consignee.not_collected' | 'consignee.no_pin' | 'retailer.cancelled' | 'retailer.address_incomplete' | 'retailer.packaging' | 'retailer.recall';

export interface Answers {
  'POST /v1/devices': DeviceMade;
  'POST /v1/device-codes': InvitationMade;
  'GET /v1/parties': PartiesOut;
  'GET /v1/parcels/{number}': ParcelOut;
  'GET /v1/aggregates/{number}': AggregateOut;
  'GET /v1/depots/{depot}/worklist': { readonly parcels: readonly ({ readonly parcel: string; readonly numbers: { readonly sscc: string; readonly s10: string; readonly tracking: string; readonly other: string | null }; readonly state: State; readonly custodian: string; readonly after: string; readonly lane: string | null; readonly route: string | null; readonly promised_on: string; readonly sealed: boolean; readonly seal: string | null; readonly weight_g: number; readonly sides_mm: readonly [number, number, number] | null; readonly within: string | null; readonly exceptions: number })[]; readonly aggregates: readonly ({ readonly aggregate: string; readonly sscc: string; readonly state: State; readonly custodian: string; readonly after: string; readonly closed: boolean; readonly seal: string | null; readonly contents: readonly (string)[] })[]; readonly gone: readonly (string)[]; readonly next: string; readonly more: boolean; readonly whole: boolean; readonly day: string; readonly lanes: readonly ({ readonly lane: string; readonly name: string })[]; readonly routes: readonly ({ readonly route: string; readonly driver: string; readonly name: string | null; readonly idle: boolean; readonly barred: readonly ({ readonly parcel: string; readonly demand: 'age_check' | 'carry' | 'cash' | 'dangerous_goods' | 'sealed' | 'value' })[] })[] };
  'POST /v1/depots/{depot}/key-in': { readonly day: string; readonly rows: readonly ({ readonly line: number; readonly parcel: string; readonly tracking: string; readonly does: string; readonly initials: string; readonly where: string; readonly say: unknown })[]; readonly refused: readonly ({ readonly line: number; readonly text: string; readonly code: string; readonly why: string })[] };
  'POST /v1/statements': { readonly answers: readonly ({ readonly hash: string; readonly outcome: string; readonly seq: number | null; readonly exceptions: readonly ({ readonly id: string; readonly kind: string })[]; readonly why: string | null })[] };
}
