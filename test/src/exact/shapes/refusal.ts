/** Answers in place of a server, as Envoy 1.40 gives them; the values of `date` and `server` are left out. */

const withBody = (status: string, body: string): string =>
  `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\ncontent-type: text/plain\r\ndate\r\nserver\r\nconnection: close\r\n\r\n${body}`;
const bare = (status: string): string =>
  `HTTP/1.1 ${status}\r\ndate\r\nserver\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`;

export const refusal = {
  bad: withBody('400 Bad Request', 'Bad Request'),
  badBare: bare('400 Bad Request'),
  upgradeRequired: withBody('426 Upgrade Required', 'Upgrade Required'),
  large: withBody('431 Request Header Fields Too Large', 'Request Header Fields Too Large'),
  unimplemented: withBody('501 Not Implemented', 'Not Implemented'),
} as const;
