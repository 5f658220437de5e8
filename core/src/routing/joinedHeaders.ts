/**
 * Headers that Envoy keeps in one place each: of several with one name it compares the values joined with commas. Of all other
 * headers, Cookie among them, any value may match. Observed of Envoy 1.40 with every header that its sources name.
 */
const NAMES: ReadonlySet<string> = new Set([
  ...['accept', 'accept-encoding', 'authorization', 'cache-control', 'content-encoding', 'content-type'],
  ...['expect', 'origin', 'pragma', 'referer', 'user-agent', 'via'],
  ...['if-match', 'if-modified-since', 'if-none-match', 'if-range', 'if-unmodified-since'],
  ...['access-control-request-headers', 'access-control-request-method'],
  ...['access-control-request-private-network', 'grpc-accept-encoding', 'grpc-timeout'],
  ...['x-client-trace-id', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port'],
]);

/** `name` in lower case. */
export function isJoined(name: string): boolean {
  return NAMES.has(name);
}
