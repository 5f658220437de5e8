import type { Handler } from './httpService.js';
import type { Identity } from './identity.js';
import { RatingsDbClient } from './ratingsDbClient.js';

/** `GET /ratings/ID`: asks the database over plain TCP. */
export function ratings(self: Identity): Handler {
  const database = new RatingsDbClient('ratings-db', 3306, self);
  return async ({ segments: [what, id], reply }) => {
    if (what !== 'ratings' || id === undefined) return reply(404, { error: 'try /ratings/1' });
    try {
      reply(200, { id, podname: self.workload, ratings: await database.ratings(id) });
    } catch (error) {
      reply(503, { error: `ratings database: ${error instanceof Error ? error.message : String(error)}` });
    }
  };
}
