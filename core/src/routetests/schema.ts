/** The form of a `*.routes.test.yaml`, as JSON Schema (2020-12). */
import type { ObjectSchema, TextSchema } from '../topology/schema.js';

const text = (description: string): TextSchema => ({ type: 'string', description, minLength: 1 });

const request = (required: readonly string[]): ObjectSchema => ({
  type: 'object',
  description: 'The request that is asked about. Nothing is sent.',
  required,
  additionalProperties: false,
  properties: {
    url: text(
      'The whole URL: http://reviews:9080/reviews/1. The name resolves as in the lab, or is that of a listener.',
    ),
    path: text('Another path, with the query, than that of the URL.'),
    method: { type: 'string', description: 'The method. Default: GET.', pattern: '^[A-Z]+$' },
    headers: {
      type: 'object',
      description: 'Headers beside Host, which is that of the URL unless it is given here.',
      additionalProperties: { type: 'string' },
    },
    listener: text(
      'The name of the listener that takes the connection. Default: the one at the address of the URL.',
    ),
    from: text(
      'The workload that would send it. Default: any. Says which node is asked when the tests run in a lab.',
    ),
  },
});

const EXPECT: ObjectSchema = {
  type: 'object',
  description: 'Where it must go: at least one of these.',
  additionalProperties: false,
  properties: {
    cluster: text('The cluster that gets every one of these requests.'),
    route: text('The name of the route that takes the request.'),
    virtual_host: text('The name of the virtual host.'),
    status: {
      type: 'integer',
      description:
        'The status of an answer that no endpoint gives: a direct response, 404 without a route, 503 without an endpoint.',
      minimum: 100,
      maximum: 599,
    },
    path: {
      type: 'string',
      description: 'Who carries it: the connection itself, the kernel, or the relay of the agent.',
      enum: ['direct', 'kernel', 'relay'],
    },
    weights: {
      type: 'object',
      description: 'The share of each cluster of a split, in any unit: 90 and 10 is the same as 9 and 1.',
      additionalProperties: { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
    },
  },
};

export const ROUTE_TESTS_SCHEMA: ObjectSchema = {
  type: 'object',
  description: 'Requests, and where the configuration must send them.',
  required: ['tests'],
  additionalProperties: false,
  properties: {
    configuration: {
      type: 'array',
      description: 'The xDS files that are tested, relative to this one. Default: all *.xds.yaml beside it.',
      items: { type: 'string', minLength: 1 },
      minItems: 1,
    },
    tests: {
      type: 'array',
      description: 'The tests, in the order in which they run.',
      minItems: 1,
      items: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: {
          name: text('What the test says. No two tests of a file have the same.'),
          request: request([]),
          expect: EXPECT,
          cases: {
            type: 'array',
            description:
              'A table: each case adds to the request and the expectation of the test, or replaces parts of them.',
            minItems: 1,
            items: {
              type: 'object',
              additionalProperties: false,
              properties: {
                name: text('What is special about it. Default: its path.'),
                request: request([]),
                expect: EXPECT,
              },
            },
          },
        },
      },
    },
  },
};

/** The text of a JSON Schema file for editors. */
export function routeTestsSchemaText(): string {
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'OneHop route tests' };
  return `${JSON.stringify({ ...head, ...ROUTE_TESTS_SCHEMA }, null, 2)}\n`;
}
