/** The ways from the client to a server that are compared, and the one without a mesh that they are compared with. */

export type Place = 'near' | 'far';
export type Family = 4 | 6;
export type Way = 'no-mesh' | 'kernel' | 'relay' | 'direct';

export interface Arm {
  /** `kernel near v4` */
  readonly name: string;
  readonly way: Way;
  readonly place: Place;
  readonly family: Family;
  /** Where the client connects to; the port is that of the server. */
  readonly address: string;
}

const places: readonly Place[] = ['near', 'far'];
const families: readonly Family[] = [4, 6];

/** As in test/fixtures/exact.xds.yaml. */
const http = {
  near: { 4: '198.18.100.20', 6: 'fd00:198:18:100::20' },
  far: { 4: '198.18.100.21', 6: 'fd00:198:18:100::21' },
} as const;
const tcp = {
  near: { 4: '198.18.100.22', 6: 'fd00:198:18:100::22' },
  far: { 4: '198.18.100.23', 6: 'fd00:198:18:100::23' },
} as const;
/** As in test/fixtures/exact.lab.yaml. */
const own = {
  near: { 4: '198.18.1.12', 6: 'fd00:198:18:1::12' },
  far: { 4: '198.18.2.12', 6: 'fd00:198:18:2::12' },
} as const;

function armsOf(
  way: Way,
  addresses: Readonly<Record<Place, Readonly<Record<Family, string>>>>,
): readonly Arm[] {
  return places.flatMap((place) =>
    families.map((family) => ({
      name: `${way} ${place} v${family}`,
      way,
      place,
      family,
      address: addresses[place][family],
    })),
  );
}

/** The client speaks to the server's own address, which no listener has. */
export const noMesh = armsOf('no-mesh', own);
export const kernel = armsOf('kernel', http);
/** The same listeners, while the knob force-relay is on. */
export const relay = armsOf('relay', http);
export const direct = armsOf('direct', tcp);

/** Everything that is compared. */
export const arms: readonly Arm[] = [...kernel, ...relay, ...direct];

export function otherPlace(place: Place): Place {
  return place === 'near' ? 'far' : 'near';
}
