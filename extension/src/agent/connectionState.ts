/**
 * How the extension stands to one agent. `versionDiffers` is connected, too: the agent answers, but some of what it says
 * may not be understood. `refused`: somebody is there and does not let us in.
 */
export type ConnectionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'connected' }
  | { readonly kind: 'versionDiffers'; readonly agent: string; readonly extension: string }
  | { readonly kind: 'lost'; readonly why: string; readonly hint: string }
  | { readonly kind: 'refused'; readonly why: string; readonly hint: string };

export type ConnectionKind = ConnectionState['kind'];

/** True when what the store holds of this agent is of this moment. */
export function isLive({ kind }: ConnectionState): boolean {
  return kind === 'connected' || kind === 'versionDiffers';
}

/** Same major and minor version, or before 1.0 the same minor: the two understand each other. */
export function versionsFit(agent: string, extension: string): boolean {
  const of = (version: string): string => version.split('.').slice(0, 2).join('.');
  return of(agent) === of(extension);
}
