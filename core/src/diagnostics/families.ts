/** The families of rules that look at the fields of one resource, all in one walk. */
import { FieldCollector, type Visited } from '../envoy/walk.js';
import { type JsonObject, messageNameOf } from '../resources/model.js';
import { missingChoice } from './choices.js';
import { badRange } from './cidrRanges.js';
import { badRegex } from './regex.js';
import { deprecatedField } from './deprecated.js';
import { extensionType } from './extensions.js';
import { filterOrder } from './filterOrder.js';
import { type Family, type Finding, movedFinding } from './finding.js';
import { headerChange } from './headerChanges.js';
import { unreachableRoutes } from './shadowing.js';
import { badSubstitution } from './substitution.js';
import { zeroWeight } from './weights.js';

/** What Envoy refuses too. */
const REFUSED: readonly Family[] = [
  badRegex,
  badRange,
  filterOrder,
  extensionType,
  missingChoice,
  headerChange,
  badSubstitution,
];
const ADVICE: readonly Family[] = [deprecatedField, unreachableRoutes, zeroWeight];

/** Of any message: errors and advice. Paths begin at the message. Never throws. */
export function familyFindings(messageName: string, value: JsonObject): readonly Finding[] {
  return all.in(messageName, value);
}

/** Only what Envoy refuses. */
export function refusedFindings(typeUrl: string, value: JsonObject): readonly Finding[] {
  return refused.in(messageNameOf(typeUrl) ?? '', value);
}

const all = collector([...REFUSED, ...ADVICE]);
const refused = collector(REFUSED);

function collector(families: readonly Family[]): FieldCollector<Finding> {
  const find = (visited: Visited): readonly Finding[] | undefined => {
    let found: Finding[] | undefined;
    for (const family of families) {
      const one = family.find(visited);
      if (one === undefined) continue;
      if (!Array.isArray(one)) (found ??= []).push(one as Finding);
      else if (one.length > 0) (found ??= []).push(...(one as readonly Finding[]));
    }
    return found;
  };
  const concerns: Family['concerns'] = (message, field) =>
    families.some((family) => family.concerns(message, field));
  return new FieldCollector({ concerns, find }, movedFinding);
}
