import assert from 'node:assert/strict';
import type { DeltaRequest, DeltaResponse } from '@onehop/core/api/ads.js';
import { CLUSTER_TYPE, ROUTE_TYPE, type ResourceType } from '@onehop/core/resources/model.js';
import { DeltaSubscription } from '../../src/controlplane/deltaSubscription.js';
import { contentOf, type TypeContent } from '../../src/controlplane/snapshot.js';

/** `a=1 b=2`: resources with what they hold. */
function content(text: string): TypeContent {
  return contentOf(
    text.split(' ').flatMap((part) => {
      const [name = '', value = ''] = part.split('=');
      return name === '' ? [] : [[name, { typeUrl: CLUSTER_TYPE, value: Buffer.from(value) }] as const];
    }),
  );
}

/** `+a +b -c`: what a response holds. */
function said(response: DeltaResponse | undefined): string {
  if (response === undefined) return 'nothing';
  const { resources, removedResources } = response;
  return [...resources.map(({ name }) => `+${name}`), ...removedResources.map((name) => `-${name}`)]
    .sort()
    .join(' ');
}

/** A client that speaks to one subscription, and what is said to it. */
class Talk {
  readonly subscription: DeltaSubscription;
  #nonce = 0;

  constructor(
    type: ResourceType,
    public serving: TypeContent,
  ) {
    this.subscription = new DeltaSubscription(type);
  }

  ask(more: Partial<DeltaRequest>): string {
    const { asks } = this.subscription.take(request(more), this.serving);
    return asks ? said(this.subscription.answerTo(this.serving, String(++this.#nonce))) : 'nothing';
  }

  serve(text: string, whole = false): string {
    this.serving = content(text);
    return said(this.subscription.lead(this.serving, String(++this.#nonce), whole));
  }

  answer(error?: string): string {
    const errorDetail = error === undefined ? null : { code: 3, message: error, details: [] };
    return this.ask({ responseNonce: String(this.#nonce), errorDetail });
  }
}

function request(more: Partial<DeltaRequest>): DeltaRequest {
  return {
    node: null,
    typeUrl: CLUSTER_TYPE,
    resourceNamesSubscribe: [],
    resourceNamesUnsubscribe: [],
    initialResourceVersions: {},
    responseNonce: '',
    errorDetail: null,
    ...more,
  };
}

describe('incremental subscription', () => {
  it('of all: gets everything, then what changed and what went', () => {
    const talk = new Talk(CLUSTER_TYPE, content('a=1 b=1'));
    assert.equal(talk.ask({}), '+a +b');
    assert.equal(talk.answer(), 'nothing');
    assert.equal(talk.serve('a=1 b=2 c=1'), '+b +c');
    assert.equal(talk.serve('a=1 c=1'), '-b');
    assert.equal(talk.serve('a=1 c=1'), 'nothing');
  });

  it('of all: is answered at once also when there is nothing', () => {
    assert.equal(new Talk(CLUSTER_TYPE, content('')).ask({}), '');
    assert.equal(new Talk(CLUSTER_TYPE, content('')).ask({ resourceNamesSubscribe: ['*'] }), '');
  });

  it('by name: says what does not exist, once, and sends it when it comes', () => {
    const talk = new Talk(ROUTE_TYPE, content('a=1 b=1'));
    assert.equal(talk.ask({ resourceNamesSubscribe: ['a', 'x'] }), '+a -x');
    assert.equal(talk.answer(), 'nothing');
    assert.equal(talk.serve('a=1 b=2'), 'nothing');
    assert.equal(talk.serve('a=1 x=1'), '+x');
    assert.equal(talk.ask({ resourceNamesSubscribe: ['b'], resourceNamesUnsubscribe: ['a'] }), '-b');
    assert.equal(talk.serve('a=2 x=2'), '+x');
  });

  it('by name: asked for again, it is sent again', () => {
    const talk = new Talk(ROUTE_TYPE, content('a=1 b=1'));
    assert.equal(talk.ask({ resourceNamesSubscribe: ['a', 'b'] }), '+a +b');
    assert.equal(talk.ask({ resourceNamesSubscribe: ['a'] }), '+a');
    assert.equal(talk.ask({ resourceNamesUnsubscribe: ['a'] }), 'nothing');
    assert.equal(talk.ask({ resourceNamesSubscribe: ['a'] }), '+a');
  });

  it('a client that comes back is sent what differs from what it kept', () => {
    const serving = content('a=1 b=2 c=1');
    const { versions } = content('a=1 b=1 d=1');
    const initialResourceVersions = Object.fromEntries(versions);
    assert.equal(new Talk(CLUSTER_TYPE, serving).ask({ initialResourceVersions }), '+b +c -d');
    const same = Object.fromEntries(serving.versions);
    const talk = new Talk(CLUSTER_TYPE, serving);
    assert.equal(talk.ask({ initialResourceVersions: same }), 'nothing');
    assert.equal(talk.subscription.acked, serving);
    const named = { resourceNamesSubscribe: ['a', 'b'], initialResourceVersions: { a: same['a']!, b: '' } };
    assert.equal(new Talk(ROUTE_TYPE, serving).ask(named), '+b');
  });

  it('what was refused is not sent again by itself, and the next snapshot is sent with all of it', () => {
    const talk = new Talk(CLUSTER_TYPE, content('a=1'));
    talk.ask({});
    talk.answer();
    assert.equal(talk.serve('a=2 b=1'), '+a +b');
    assert.equal(talk.answer('no'), 'nothing');
    assert.equal(talk.subscription.error?.message, 'no');
    assert.equal(talk.ask({ resourceNamesSubscribe: ['b'] }), '+b', 'only what is asked for');
    assert.equal(talk.answer('no'), 'nothing');
    assert.equal(talk.serve('a=1'), '+a -b');
    assert.equal(talk.answer(), 'nothing');
    assert.equal(talk.subscription.error, undefined);
  });

  it('sends all of it when another type needs it', () => {
    const talk = new Talk(ROUTE_TYPE, content('a=1 b=1'));
    talk.ask({ resourceNamesSubscribe: ['a'] });
    assert.equal(talk.serve('a=1 b=1', true), '+a');
  });

  it('is settled when every response was answered', () => {
    const talk = new Talk(CLUSTER_TYPE, content('a=1'));
    talk.ask({});
    assert.equal(talk.subscription.outstanding, true);
    assert.equal(talk.subscription.acked, undefined);
    talk.answer();
    assert.equal(talk.subscription.outstanding, false);
    assert.equal(talk.subscription.acked, talk.serving);
  });
});
