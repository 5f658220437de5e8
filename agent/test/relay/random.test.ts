import { allSame } from './compare.js';
import { conversations } from './shapes/random.js';

describe('relay, random conversations as with no mesh', function () {
  this.timeout(60_000);

  it('300 of them, cut, delayed, pipelined and half-closed at random', async () => {
    const seed = Number(process.env['ONEHOP_SEED'] ?? Date.now() % 1e9);
    await allSame(conversations(seed, 300)).catch((error: unknown) => {
      throw new Error(`ONEHOP_SEED=${seed}`, { cause: error });
    });
  });
});
