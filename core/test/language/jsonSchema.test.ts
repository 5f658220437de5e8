import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv } from 'ajv';
import { xdsJsonSchema } from '../../src/language/jsonSchema.js';
import { parseYaml } from '../../src/yaml/parse.js';
import { toJson } from '../../src/yaml/tree.js';
import { BOOKINFO, BOOTSTRAP } from '../samples.js';

const SAMPLE = readFileSync(
  fileURLToPath(new URL('../../../../lab/samples/bookinfo/bookinfo.xds.yaml', import.meta.url)),
  'utf8',
);

describe('the JSON Schema of xDS', function () {
  this.timeout(20_000);
  const validate = new Ajv({ strict: false, allErrors: true }).compile(xdsJsonSchema());
  /** Places and words of what a schema has against a text. */
  const faults = (text: string): string[] => {
    const [root] = parseYaml(text).documents;
    assert.ok(root?.root !== undefined);
    validate(toJson(root.root));
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };

  it('has nothing against the samples', () => {
    for (const text of [SAMPLE, BOOKINFO, BOOTSTRAP]) assert.deepEqual(faults(text), []);
  });

  // prettier-ignore
  const wrong: [title: string, from: string, to: string, part: RegExp][] = [
    ['a misspelt field', 'virtual_hosts:', 'virtual_host:', /additionalProperty":"virtual_host"/],
    ['a misspelt value', 'type: EDS', 'type: EDZ', /must be equal to one of the allowed values/],
    ['a missing field of an Any', '              stat_prefix: reviews\n', '', /required property 'stat_prefix'/],
    ['a list that is none', 'domains: [reviews', 'domains: x # [', /domains must be array/],
    ['an unknown resource', 'envoy.config.route.v3.RouteConfiguration', 'envoy.config.route.v3.Routes', /@type must be equal/],
  ];
  for (const [title, from, to, part] of wrong)
    it(title, () => {
      assert.ok(SAMPLE.includes(from));
      assert.match(faults(SAMPLE.replace(from, () => to)).join('\n'), part);
    });
});
