/** Lets requests pass by rules: Envoy's RoleBasedAccessControlFilter. */
import { headerHolds, textMatches } from '@onehop/core/evaluate/conditions.js';
import { pathOf } from '@onehop/core/evaluate/request.js';
import type { RbacConfig, RbacRule } from '@onehop/core/routing/filters/model.js';
import { parseIp } from '@onehop/core/wire/ip.js';
import type { Filter, FilterRequest, FilterTurn } from './filter.js';

export const rbac: Filter<RbacConfig> = {
  request({ config: { rules } }, { context }): FilterTurn {
    if (rules === undefined || rules.action === 'log') return {};
    const matched = rules.policies.some(
      ({ permission, principal }) => holds(permission, context) && holds(principal, context),
    );
    if (matched === (rules.action === 'allow')) return {};
    return { reply: { status: 403, body: 'RBAC: access denied' } };
  },
};

function holds(rule: RbacRule, context: FilterRequest['context']): boolean {
  switch (rule.kind) {
    case 'any':
      return true;
    case 'never':
      return false;
    case 'and':
      return rule.rules.every((one) => holds(one, context));
    case 'or':
      return rule.rules.some((one) => holds(one, context));
    case 'not':
      return !holds(rule.rule, context);
    case 'header':
      return headerHolds(rule.header, context.request);
    case 'path':
      return textMatches(rule.path, pathOf(context.request));
    case 'destination':
      return isWithin(addressOf(context.local), rule.address, rule.bits);
    case 'source':
      return isWithin(addressOf(context.downstream), rule.address, rule.bits);
    case 'port': {
      const port = Number(context.local.slice(context.local.lastIndexOf(':') + 1));
      return port >= rule.first && port < rule.end;
    }
  }
}

/** "[fd00::1]:80" → "fd00::1" */
function addressOf(text: string): string {
  return text.slice(0, text.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

/** Addresses of one family whose first bits are equal. */
function isWithin(address: string, range: string, bits: number): boolean {
  const [is, of] = [parseIp(address), parseIp(range)];
  if (is === undefined || of === undefined || address.includes(':') !== range.includes(':')) return false;
  // IPv4 is the end of 16 bytes
  const all = range.includes(':') ? bits : 96 + bits;
  for (let bit = 0; bit < all; bit++) {
    const mask = 0x80 >> (bit & 7);
    if (((is[bit >> 3] ?? 0) & mask) !== ((of[bit >> 3] ?? 0) & mask)) return false;
  }
  return true;
}
