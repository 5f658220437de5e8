import type { Handler } from './httpService.js';
import type { Identity } from './identity.js';
import type { Upstream } from './upstream.js';

const REVIEWS = [
  { reviewer: 'Reviewer1', text: 'An extremely entertaining play. The slapstick humour is refreshing!' },
  { reviewer: 'Reviewer2', text: 'Absolutely fun and entertaining, though it lacks thematic depth.' },
];

/** Colour of the stars by version; a version without one (v1) shows none and does not ask `ratings`. */
const STARS: Readonly<Record<string, string>> = { v2: 'black', v3: 'red' };

/** `GET /reviews/ID` */
export function reviews(self: Identity, version: string, upstream: Upstream): Handler {
  const color = STARS[version];
  return async ({ request, segments: [what, id], reply }) => {
    if (what !== 'reviews' || id === undefined) return reply(404, { error: 'try /reviews/1' });
    const rated =
      color === undefined
        ? undefined
        : await upstream.get(`http://ratings:9080/ratings/${id}`, request.headers);
    reply(200, {
      id,
      podname: self.workload,
      version,
      reviews: REVIEWS.map((review) =>
        rated === undefined ? review : { ...review, rating: rating(rated, review.reviewer, color) },
      ),
    });
  };
}

function rating(rated: unknown, reviewer: string, color: string | undefined): object {
  const { ratings, error } = rated as { ratings?: Record<string, number>; error?: string };
  const stars = ratings?.[reviewer];
  return stars === undefined ? { error: error ?? 'not rated' } : { stars, color };
}
