import {
  LISTENER_TYPE,
  CLUSTER_TYPE,
  messageNameOf,
  type ResourceProblem,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import { validateMessage } from '@onehop/core/diagnostics/validateMessage.js';
import { type Decoded, decodeResource, sniffName } from '../apply/decode.js';
import { validate } from '../apply/validate.js';
import type { Arrived, XdsResponse } from './protocol.js';
import type { Judged, Loaded } from './typeState.js';

/** A response, resource by resource. Of a malformed one nothing may be taken. */
export interface Judgement {
  readonly judged: readonly Judged[];
  readonly malformed: boolean;
}

/**
 * Decodes and validates each resource of a response by itself, as Envoy 1.40 was seen to (docs/xds-observed.md): one
 * resource that does not decode or breaks a constraint of its proto makes the whole response malformed; one that cannot be
 * honoured is refused alone. What was not asked for is left out. Of what is `held`, a version that was good, nothing is
 * looked at again.
 */
export function judgeResponse(
  response: XdsResponse,
  isAskedFor: (name: string) => boolean,
  held: (name: string) => Loaded | undefined = () => undefined,
): Judgement {
  const { typeUrl, removed } = response;
  const seen = new Set<string>();
  const judged: Judged[] = [];
  let malformed = false;
  for (const arrived of response.resources) {
    const { one, resource, isMalformed } = judge(arrived, response, held);
    malformed ||= isMalformed;
    if (one.name !== '' && !isAskedFor(one.name) && !isMalformed) continue;
    if (resource === undefined || !seen.has(one.name)) {
      judged.push(one);
    } else if (removed !== undefined || typeUrl === LISTENER_TYPE || typeUrl === CLUSTER_TYPE) {
      malformed ||= removed !== undefined;
      judged.push({ ...one, ok: false, problems: [doubled(typeUrl, one.name)] });
    }
    // Of routes and endpoints in a state of the world the first one counts.
    seen.add(one.name);
  }
  return { judged, malformed };
}

interface JudgedOne {
  readonly one: Judged;
  readonly resource: XdsResource | undefined;
  readonly isMalformed: boolean;
}

function judge(
  arrived: Arrived,
  { typeUrl, version: ofResponse }: XdsResponse,
  held: (name: string) => Loaded | undefined,
): JudgedOne {
  const { any } = arrived;
  const known = any.typeUrl === typeUrl ? held(arrived.name || sniffName(any.value)) : undefined;
  const isHeld = known !== undefined && Buffer.compare(known.bytes, any.value) === 0;
  const decoded: Decoded = isHeld
    ? { ok: true, name: known.resource.name, resource: known.resource }
    : decodeResource(any, typeUrl, (name) => held(name)?.resource);
  const name = decoded.name === '' ? arrived.name : decoded.name;
  const version = arrived.version === '' ? ofResponse : arrived.version;
  const refused = (found: readonly ResourceProblem[], isMalformed: boolean): JudgedOne => {
    const problems = found.map((one) => ({ ...one, resource: name }));
    return { one: { ok: false, name, version, problems }, resource: undefined, isMalformed };
  };
  if (!decoded.ok) return refused(decoded.problems, decoded.problems.some(isOutside));
  const { resource } = decoded;
  if (arrived.name !== '' && arrived.name !== name)
    return refused([misnamed(typeUrl, arrived.name, name)], false);
  const before = held(name)?.resource;
  const problems = isHeld ? [] : validate(resource, before).filter(({ severity }) => severity === 'error');
  if (problems.length === 0)
    return { one: { ok: true, name, version, resource, any }, resource, isMalformed: false };
  const constraints = validateMessage(messageNameOf(typeUrl) ?? '', resource.value);
  return refused(problems, constraints.some(isOutside));
}

/** An extension's configuration is an Any of its own, which Envoy looks into only when it makes the extension. */
function isOutside({ path }: { readonly path: readonly (string | number)[] }): boolean {
  return !path.some((step) => typeof step === 'string' && step.startsWith('typed'));
}

function doubled(typeUrl: string, resource: string): ResourceProblem {
  const message = 'The response has two resources with this name.';
  return { rule: 'duplicate-name', severity: 'error', typeUrl, resource, path: [], message };
}

function misnamed(typeUrl: string, outer: string, resource: string): ResourceProblem {
  const message = `The response calls it "${outer}".`;
  return { rule: 'bad-value', severity: 'error', typeUrl, resource, path: [], message };
}
