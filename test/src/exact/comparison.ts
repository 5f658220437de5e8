/** Plays every shape without a mesh and on every arm, and compares. */
import type { Event } from '@onehop/core/api/agent.generated.js';
import { reasonId, reasonText } from '@onehop/core/wire/reasons.js';
import { arms, noMesh, type Arm } from './arms.js';
import { differences, unsound } from './compare.js';
import { Conversations, type Outcome, type Result, type ShapeLab, type Task } from './conversations.js';
import type { Shape } from './shape.js';

/** What came out for a shape. */
export interface Verdict {
  readonly shape: Shape;
  /** The shape itself does not do what it means: nothing can be compared. */
  readonly unsound: readonly string[];
  /** `kernel near v4: client: …` */
  readonly differences: readonly string[];
  /** Requests on kernel arms that did not take the path that they should. */
  readonly strayed: readonly string[];
}

export interface Comparison {
  readonly verdicts: ReadonlyMap<string, Verdict>;
  /** Requests on kernel arms by the path that they took: `kernel`, or why they took the relay. */
  readonly paths: ReadonlyMap<string, number>;
  /** Bytes that came to a server while nothing was played. */
  readonly strays: readonly string[];
  readonly conversations: number;
  readonly milliseconds: number;
}

export async function compareAll(lab: ShapeLab, shapes: readonly Shape[]): Promise<Comparison> {
  const started = Date.now();
  const results: Result[] = [];
  const conversations = new Conversations(lab);
  const on = (some: readonly Arm[]): Task[] =>
    some.flatMap((arm) => shapes.map((shape): Task => ({ shape, arm })));
  const isRelay = ({ way }: Arm): boolean => way === 'relay';
  const done = (result: Result): void => void results.push(result);
  await conversations.play(on([...noMesh, ...arms.filter((arm) => !isRelay(arm))]), done);
  await lab.forceRelay(true);
  await conversations.play(on(arms.filter(isRelay)), done);
  await lab.forceRelay(false);
  // events follow their requests within moments
  await new Promise((resolve) => setTimeout(resolve, 300));

  const paths = new Map<string, number>();
  const verdicts = new Map<string, Verdict>();
  const byShape = new Map<Shape, Result[]>(shapes.map((shape) => [shape, []]));
  for (const result of results) byShape.get(result.shape)?.push(result);
  for (const [shape, own] of byShape) verdicts.set(shape.name, judge(lab, shape, own, paths));
  return {
    verdicts,
    paths,
    strays: conversations.strays,
    conversations: results.length,
    milliseconds: Date.now() - started,
  };
}

function judge(lab: ShapeLab, shape: Shape, results: readonly Result[], paths: Map<string, number>): Verdict {
  const without = results.filter(({ arm }) => arm.way === 'no-mesh');
  const first = without[0]?.outcome;
  if (first === undefined) throw new Error(`${shape.name} was not played`);
  const wrong = without.flatMap((result) =>
    unsound(result, first).map((text) => `${result.arm.name}: ${text}`),
  );
  const found: string[] = [];
  const strayed: string[] = [];
  for (const result of results) {
    const { arm } = result;
    if (arm.way === 'no-mesh') continue;
    const expected = sameEnds(without, arm) ?? first;
    found.push(...differences(result, expected).map((text) => `${arm.name}: ${text}`));
    if (arm.way !== 'kernel') continue;
    const took = pathsOf(lab, result);
    for (const path of took) paths.set(path, (paths.get(path) ?? 0) + 1);
    const text = pathDiffers(shape, took);
    if (text !== '') strayed.push(`${arm.name}: ${text}`);
  }
  return { shape, unsound: wrong, differences: found, strayed };
}

/** The no-mesh arm between the same ends. */
function sameEnds(without: readonly Result[], arm: Arm): Outcome | undefined {
  return without.find((one) => one.arm.place === arm.place && one.arm.family === arm.family)?.outcome;
}

/** How each request of a conversation went: `kernel`, or the text of the reason. */
function pathsOf(lab: ShapeLab, { outcome }: Result): string[] {
  const { local, startUs, endUs } = outcome.client;
  const within = ({ type, startUs: at }: Event): boolean =>
    type === 'request' && Number(at) >= startUs - 5_000 && Number(at) <= endUs + 5_000;
  return (lab.events.get(local) ?? [])
    .filter(within)
    .sort((a, b) => a.seq - b.seq)
    .map(({ path, reason }) => (path === 'kernel' ? path : reason));
}

function pathDiffers({ paths }: Shape, took: readonly string[]): string {
  if (paths === undefined) return '';
  const expected = paths.map((name) => (name === 'kernel' ? name : reasonText(reasonId(name))));
  const same = expected.every((path, i) => took[i] === path);
  return same ? '' : `took ${JSON.stringify(took)}, not ${JSON.stringify(expected)}`;
}
