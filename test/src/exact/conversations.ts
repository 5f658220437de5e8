/** Plays conversations in a lab, as many at once as there are ports. */
import { otherPlace, type Arm, type Place } from './arms.js';
import type { ExactLab } from './exactLab.js';
import type { Arm as ArmServer, FromClient, FromServer, Heard, Play, Played } from './protocol.js';
import type { Shape } from './shape.js';
import type { Step } from './step.js';

/** A lab whose programs play scripts. */
export type ShapeLab = ExactLab<FromClient, FromServer>;

/** What both ends saw of a conversation. */
export interface Outcome {
  readonly client: Played;
  /** By place; without a second server only one. */
  readonly servers: Readonly<Partial<Record<Place, Heard>>>;
}

export interface Task {
  readonly shape: Shape;
  readonly arm: Arm;
}

export interface Result extends Task {
  readonly outcome: Outcome;
}

/** A step that takes longer than this hangs, in ms. */
const patienceMs = 4_000;

export class Conversations {
  readonly strays: string[] = [];
  #id = 0;
  readonly #played = new Map<number, (played: Played) => void>();
  readonly #server = new Map<string, (heard?: Heard) => void>();

  constructor(private readonly lab: ShapeLab) {
    lab.client.onMessage = (message) => {
      if (message.type === 'played') take(this.#played, message.id)?.(message);
    };
    for (const place of ['near', 'far'] as const)
      lab.servers[place].onMessage = (message) => {
        if (message.type === 'stray') this.strays.push(`${place} ${message.port}: ${message.text}`);
        else if (message.type === 'armed') take(this.#server, `${place} ${message.id}`)?.();
        else if (message.type === 'heard') take(this.#server, `${place} ${message.id}`)?.(message);
      };
  }

  /** Plays all, in about this order; `done` hears of each. */
  async play(tasks: readonly Task[], done: (result: Result) => void): Promise<void> {
    let next = 0;
    const worker = async (port: number): Promise<void> => {
      for (let task = tasks[next++]; task !== undefined; task = tasks[next++])
        done({ ...task, outcome: await this.#one(task, port) });
    };
    await Promise.all(this.lab.ports.map(worker));
  }

  async #one({ shape, arm }: Task, port: number): Promise<Outcome> {
    const id = this.#id++;
    const parts = serverParts(shape, arm);
    await Promise.all(
      parts.map(([place, steps]) => {
        const message: ArmServer = {
          type: 'arm',
          id,
          port,
          steps,
          greets: shape.greets ?? false,
          patienceMs,
        };
        this.lab.servers[place].send(message);
        return this.#answer(place, id);
      }),
    );
    const client = await new Promise<Played>((resolve) => {
      this.#played.set(id, resolve);
      const message: Play = {
        type: 'play',
        id,
        address: arm.address,
        port,
        steps: clientSteps(shape, arm),
        patienceMs,
      };
      this.lab.client.send(message);
    });
    const heard = await Promise.all(
      parts.map(async ([place]) => {
        this.lab.servers[place].send({ type: 'settle', id, port });
        return [place, await this.#answer(place, id)] as const;
      }),
    );
    return { client, servers: Object.fromEntries(heard) };
  }

  #answer(place: Place, id: number): Promise<Heard | undefined> {
    return new Promise((resolve) => this.#server.set(`${place} ${id}`, resolve));
  }
}

/** Is this an arm on which requests are routed one by one? */
export function isHttp({ way }: Arm): boolean {
  return way === 'kernel' || way === 'relay';
}

function clientSteps(shape: Shape, arm: Arm): readonly Step[] {
  return (isHttp(arm) ? shape.byDesign?.clientSteps : undefined) ?? shape.client;
}

function serverParts(shape: Shape, arm: Arm): (readonly [Place, readonly Step[]])[] {
  const { place } = arm;
  if (!isHttp(arm)) return [[place, shape.server]];
  if (shape.split === undefined) return [[place, shape.byDesign?.serverSteps ?? shape.server]];
  const other = otherPlace(place);
  return [
    [place, shape.split[place].steps],
    [other, shape.split[other].steps],
  ];
}

function take<K, V>(map: Map<K, V>, key: K): V | undefined {
  const value = map.get(key);
  map.delete(key);
  return value;
}
