import { findMessage } from './schema.js';

/** Types of extensions whose proto package does not follow from their name. */
const IRREGULAR: Readonly<Record<string, string>> = {
  'envoy.filters.http.local_ratelimit': 'envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit',
  'envoy.filters.network.local_ratelimit':
    'envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit',
  'envoy.filters.http.jwt_authn': 'envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication',
  'envoy.filters.http.fault': 'envoy.extensions.filters.http.fault.v3.HTTPFault',
  'envoy.filters.http.rbac': 'envoy.extensions.filters.http.rbac.v3.RBAC',
  'envoy.filters.network.rbac': 'envoy.extensions.filters.network.rbac.v3.RBAC',
  'envoy.filters.http.ext_proc': 'envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor',
  'envoy.filters.http.oauth2': 'envoy.extensions.filters.http.oauth2.v3.OAuth2',
  'envoy.filters.http.ratelimit': 'envoy.extensions.filters.http.ratelimit.v3.RateLimit',
  'envoy.access_loggers.file': 'envoy.extensions.access_loggers.file.v3.FileAccessLog',
  'envoy.access_loggers.stdout': 'envoy.extensions.access_loggers.stream.v3.StdoutAccessLog',
  'envoy.access_loggers.stderr': 'envoy.extensions.access_loggers.stream.v3.StderrAccessLog',
};

/**
 * The type URL of the configuration of a built-in extension named as Envoy names it: "envoy.filters.http.router" →
 * type.googleapis.com/envoy.extensions.filters.http.router.v3.Router. undefined when the name is not one of those.
 */
export function typeUrlOfExtension(name: string): string | undefined {
  const known = IRREGULAR[name];
  if (known !== undefined && Object.hasOwn(IRREGULAR, name)) return `type.googleapis.com/${known}`;
  if (!/^envoy(\.[a-z0-9_]+)+$/.test(name)) return undefined;
  const last = name.slice(name.lastIndexOf('.') + 1);
  const message = last.replace(/(?:^|_)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const full = `envoy.extensions.${name.slice('envoy.'.length)}.v3.${message}`;
  return findMessage(full) === undefined ? undefined : `type.googleapis.com/${full}`;
}
