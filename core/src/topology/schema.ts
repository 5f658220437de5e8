/**
 * The form of a `*.lab.yaml`, as JSON Schema (2020-12). The one source: `topology.schema.json` is written from it for editors, and
 * `shape.ts` checks documents against it with the positions of the text.
 */

/** The part of JSON Schema that we use. */
export type Schema = ObjectSchema | ListSchema | TextSchema | IntegerSchema;

interface Described {
  readonly description?: string;
}

export interface ObjectSchema extends Described {
  readonly type: 'object';
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** false, or the schema of every value. */
  readonly additionalProperties: false | Schema;
  /** Of the keys, when `additionalProperties` is a schema. */
  readonly propertyNames?: { readonly pattern: string };
}

export interface ListSchema extends Described {
  readonly type: 'array';
  readonly items: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
}

export interface TextSchema extends Described {
  readonly type: 'string';
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** The only values. */
  readonly enum?: readonly string[];
}

export interface IntegerSchema extends Described {
  readonly type: 'integer';
  readonly minimum: number;
  readonly maximum: number;
}

/** Names that become names of cgroups, network namespaces and folders. */
const NAME = '^[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?$';
/** Names that resolve inside of workloads. */
const HOST = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$';

const name = (description: string): TextSchema => ({ type: 'string', description, pattern: NAME });

const addresses = (description: string, minItems: number): ListSchema => ({
  type: 'array',
  description,
  items: { type: 'string', minLength: 2 },
  minItems,
  maxItems: 2,
});

export const TOPOLOGY_SCHEMA: ObjectSchema = {
  type: 'object',
  description: 'A lab: its nodes, the names that resolve in it, and what runs where.',
  required: ['name', 'nodes'],
  additionalProperties: false,
  properties: {
    name: name('The name of the lab: 1 to 32 lower-case letters, digits and "-".'),
    nodes: {
      type: 'array',
      description: 'The Linux nodes of the lab, each with a network and an agent of its own.',
      minItems: 1,
      maxItems: 99,
      items: {
        type: 'object',
        required: ['name'],
        additionalProperties: false,
        properties: {
          name: name('The name of the node.'),
          addresses: addresses(
            'The addresses of the node itself. Default: 198.18.<i>.1 and fd00:198:18:<i>::1, counted from 1.',
            1,
          ),
        },
      },
    },
    services: {
      type: 'array',
      description: 'Names that resolve inside of every workload.',
      items: {
        type: 'object',
        required: ['name', 'addresses'],
        additionalProperties: false,
        properties: {
          name: {
            type: 'string',
            description: 'The name as clients write it.',
            pattern: HOST,
            maxLength: 253,
          },
          addresses: addresses(
            'The virtual addresses of the service: one IPv4, one IPv6, or both. Listeners take their connections.',
            1,
          ),
        },
      },
    },
    workloads: {
      type: 'array',
      description: 'What runs in the lab. Each has a cgroup and addresses of its own.',
      items: {
        type: 'object',
        required: ['name', 'node', 'addresses'],
        additionalProperties: false,
        properties: {
          name: name('The name of the workload.'),
          node: { type: 'string', description: 'The name of the node on which it runs.' },
          addresses: addresses('The addresses of the workload: one IPv4, one IPv6, or both.', 1),
          service: {
            type: 'object',
            description: 'The sample service that runs here.',
            required: ['app', 'port'],
            additionalProperties: false,
            properties: {
              app: { type: 'string', description: 'Which one.', pattern: '^[a-z0-9][a-z0-9-]{0,62}$' },
              version: {
                type: 'string',
                description: 'Told to the service, and by it to its clients.',
                minLength: 1,
              },
              port: {
                type: 'integer',
                description: 'The TCP port on which it listens.',
                minimum: 1,
                maximum: 65535,
              },
            },
          },
          command: {
            type: 'array',
            description: 'The program that runs here, with its arguments.',
            items: { type: 'string' },
            minItems: 1,
          },
          env: {
            type: 'object',
            description: 'Environment variables.',
            additionalProperties: { type: 'string' },
            propertyNames: { pattern: '^[A-Za-z_][A-Za-z0-9_]*$' },
          },
        },
      },
    },
  },
};

/** The text of `topology.schema.json`. */
export function topologySchemaText(): string {
  const head = { $schema: 'https://json-schema.org/draft/2020-12/schema', title: 'OneHop lab' };
  return `${JSON.stringify({ ...head, ...TOPOLOGY_SCHEMA }, null, 2)}\n`;
}
