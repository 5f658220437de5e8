/** What a request is made of before it is sent. */
export interface OutgoingRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: { readonly length: number } | undefined;
}

/** The headers as given, then those that HTTP/1.1 needs. */
export function allHeaders({
  url,
  headers,
  body,
  method,
}: OutgoingRequest): (readonly [name: string, value: string])[] {
  const given = new Set(headers.map(([name]) => name.toLowerCase()));
  const sized = body !== undefined || ['POST', 'PUT', 'PATCH'].includes(method);
  const missing = (name: string, value: string): [string, string][] =>
    given.has(name.toLowerCase()) ? [] : [[name, value]];
  return [
    // First, as RFC 9110 7.2 asks for.
    ...missing('Host', url.host),
    ...headers,
    ...missing('User-Agent', 'onehop'),
    ...missing('Accept', '*/*'),
    ...(sized && !given.has('transfer-encoding') ? missing('Content-Length', String(body?.length ?? 0)) : []),
  ];
}
