/** The families of rules that look at the fields of one resource, all in one walk. */
import { fieldsOf, type Visited } from '../envoy/walk.js';
import { type JsonObject, messageNameOf } from '../resources/model.js';
import { badRegex } from './regex.js';
import { deprecatedField } from './deprecated.js';
import { filterOrder } from './filterOrder.js';
import type { Finding } from './finding.js';
import { unreachableRoutes } from './shadowing.js';
import { zeroWeight } from './weights.js';

type Family = (visited: Visited) => Finding | readonly Finding[] | undefined;

/** What Envoy refuses too. */
const REFUSED: readonly Family[] = [badRegex, filterOrder];
const ADVICE: readonly Family[] = [deprecatedField, unreachableRoutes, zeroWeight];

/** Of any message: errors and advice. Paths begin at the message. Never throws. */
export function familyFindings(messageName: string, value: JsonObject): Finding[] {
  return walk(messageName, value, [...REFUSED, ...ADVICE]);
}

/** Only what Envoy refuses. */
export function refusedFindings(typeUrl: string, value: JsonObject): Finding[] {
  return walk(messageNameOf(typeUrl) ?? '', value, REFUSED);
}

function walk(messageName: string, value: JsonObject, families: readonly Family[]): Finding[] {
  const found: Finding[] = [];
  for (const visited of fieldsOf(messageName, value)) {
    for (const family of families) {
      const one = family(visited);
      if (one !== undefined)
        found.push(...(Array.isArray(one) ? (one as readonly Finding[]) : [one as Finding]));
    }
  }
  return found;
}
