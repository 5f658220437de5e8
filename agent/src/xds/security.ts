import { readFileSync } from 'node:fs';
import { credentials, Metadata, type ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';

/** How a control plane is reached. Files in PEM; each is read again for every connection. */
export interface Security {
  readonly tls?: {
    /** Certificates of the authorities that may vouch for the control plane; without, those of the system. */
    readonly ca?: string;
    /** The agent's own certificate and key: both or none. */
    readonly cert?: string;
    readonly key?: string;
    /** The name that the server's certificate must have, and SNI; without, the host of the address. */
    readonly serverName?: string;
  };
  /** A file with a bearer token: `authorization: Bearer …` on every stream. */
  readonly tokenFile?: string;
}

/** Throws when a file cannot be read. */
export function channelCredentials({ tls }: Security): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const read = (path: string | undefined): Buffer | null => (path === undefined ? null : readFileSync(path));
  return credentials.createSsl(read(tls.ca), read(tls.key), read(tls.cert));
}

/** Throws when the token cannot be read. */
export function callMetadata({ tokenFile }: Security): Metadata {
  const metadata = new Metadata();
  if (tokenFile !== undefined)
    metadata.set('authorization', `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`);
  return metadata;
}

export function channelOptions(address: string, { tls }: Security): ChannelOptions {
  return {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_http_proxy': 0,
    'grpc.max_receive_message_length': 256 * 1024 * 1024,
    // A route configuration of a large mesh in one go: with the 64 KiB of HTTP/2, the server waits for the client every half of it.
    'grpc-node.flow_control_window': 16 * 1024 * 1024,
    ...(tls?.serverName !== undefined && {
      'grpc.ssl_target_name_override': tls.serverName,
      'grpc.default_authority': tls.serverName,
    }),
    // A peer that vanished without a word is noticed; on a unix socket none can.
    ...(!address.startsWith('unix:') && {
      'grpc.keepalive_time_ms': 30_000,
      'grpc.keepalive_timeout_ms': 10_000,
      'grpc.keepalive_permit_without_calls': 1,
    }),
  };
}
