import type { Handler } from './httpService.js';
import type { Identity } from './identity.js';
import type { Upstream } from './upstream.js';

/** `GET /productpage[/ID]`: puts details and reviews together. */
export function productpage(self: Identity, upstream: Upstream): Handler {
  return async ({ request, segments: [what, id = '1'], reply }) => {
    if (what !== 'productpage') return reply(404, { error: 'try /productpage' });
    const [details, reviews] = await Promise.all([
      upstream.get(`http://details:9080/details/${id}`, request.headers),
      upstream.get(`http://reviews:9080/reviews/${id}`, request.headers),
    ]);
    reply(200, {
      id,
      podname: self.workload,
      title: 'The Comedy of Errors',
      user: request.headers['end-user'] ?? null,
      details,
      reviews,
    });
  };
}
