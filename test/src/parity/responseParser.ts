import type { RawAnswer } from './protocol.js';

/** Reads one response of a connection on which nothing is sent ahead. */
export class ResponseParser {
  #bytes = Buffer.alloc(0);

  /** @param isHead the response to HEAD has no body, whatever it says */
  constructor(private readonly isHead: boolean) {}

  /** The response when it is complete. */
  push(chunk: Buffer): RawAnswer | undefined {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    return this.#read(false);
  }

  /** The response when it is one that the end of the connection ends. */
  end(): RawAnswer | undefined {
    return this.#read(true);
  }

  #read(ended: boolean): RawAnswer | undefined {
    const at = this.#bytes.indexOf('\r\n\r\n');
    if (at < 0) return undefined;
    const [line = '', ...lines] = this.#bytes.subarray(0, at).toString('latin1').split('\r\n');
    const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(line)?.[1] ?? 0);
    const headers: Record<string, string> = {};
    for (const one of lines) {
      const [, name = '', value = ''] = /^([^:]*):[ \t]*(.*?)[ \t]*$/.exec(one) ?? [];
      const key = name.toLowerCase();
      headers[key] = headers[key] === undefined ? value : `${headers[key]}, ${value}`;
    }
    const body = bodyOf(
      this.#bytes.subarray(at + 4),
      headers,
      this.isHead || status === 204 || status === 304,
    );
    if (body === undefined)
      return ended ? { status, headers, body: this.#bytes.subarray(at + 4).toString('latin1') } : undefined;
    return { status, headers, body };
  }
}

/** Undefined while it is not complete. */
function bodyOf(bytes: Buffer, headers: Readonly<Record<string, string>>, none: boolean): string | undefined {
  if (none) return '';
  const length = headers['content-length'];
  if (length !== undefined)
    return bytes.length >= Number(length) ? bytes.subarray(0, Number(length)).toString('latin1') : undefined;
  if (headers['transfer-encoding'] === undefined) return undefined;
  let text = '';
  let at = 0;
  for (;;) {
    const eol = bytes.indexOf('\r\n', at);
    if (eol < 0) return undefined;
    const size = parseInt(bytes.subarray(at, eol).toString('latin1'), 16);
    if (bytes.length < eol + 2 + size + 2) return undefined;
    if (size === 0) return text;
    text += bytes.subarray(eol + 2, eol + 2 + size).toString('latin1');
    at = eol + 2 + size + 2;
  }
}
