import type { Handler } from './httpService.js';
import type { Identity } from './identity.js';

/** `GET /details/ID`: what kind of book it is. */
export function details(self: Identity): Handler {
  return ({ segments: [what, id], reply }) => {
    if (what !== 'details' || id === undefined) return reply(404, { error: 'try /details/1' });
    reply(200, {
      id,
      podname: self.workload,
      author: 'William Shakespeare',
      year: 1595,
      type: 'paperback',
      pages: 200,
      publisher: 'PublisherA',
      language: 'English',
      'ISBN-10': '1234567890',
      'ISBN-13': '123-1234567890',
    });
  };
}
