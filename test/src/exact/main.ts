/** Plays all shapes, or those whose name holds a text, once or some times, and prints what differs: main.js [TEXT] [TIMES] */
import { arms } from './arms.js';
import { compareAll } from './comparison.js';
import type { ShapeLab } from './conversations.js';
import { ExactLab } from './exactLab.js';
import { shapes } from './shapes/all.js';

const [wanted = '', times = '1'] = process.argv.slice(2);
const lab: ShapeLab = await ExactLab.up({
  name: `t-exact-${process.pid}`,
  ports: 12,
  server: 'server.js',
  client: 'client.js',
});
try {
  const chosen = shapes.filter(({ name }) => name.includes(wanted));
  for (let i = 0; i < Number(times); i++) {
    const { verdicts, paths, strays, conversations, milliseconds } = await compareAll(lab, chosen);
    let bad = 0;
    for (const { shape, unsound, differences, strayed } of verdicts.values()) {
      if (unsound.length + differences.length + strayed.length === 0) continue;
      console.log(`\n✖ ${shape.name}`);
      for (const text of unsound) console.log(`  UNSOUND ${text}`);
      for (const text of differences) console.log(`  ${text}`);
      for (const text of strayed) console.log(`  PATH ${text}`);
      bad += differences.length;
    }
    console.log(
      `\n${chosen.length} shapes × ${arms.length} arms: ${bad} differences; ` +
        `${conversations} conversations in ${(milliseconds / 1000).toFixed(1)} s, ${lab.lost} events lost, ${strays.length} strays`,
    );
    for (const [path, count] of [...paths].sort((a, b) => b[1] - a[1])) console.log(`${count} ${path}`);
  }
} finally {
  await lab.down();
}
