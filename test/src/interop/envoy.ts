import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An Envoy that takes everything from an ADS server on a port of this machine. */
export class Envoy {
  private constructor(
    readonly child: ChildProcess,
    readonly admin: number,
    readonly folder: string,
  ) {}

  static async start(binary: string, protocol: 'sotw' | 'delta', port: number): Promise<Envoy> {
    const folder = mkdtempSync(join(tmpdir(), 'oh-envoy-'));
    const admin = await freePort();
    const config = join(folder, 'bootstrap.json');
    writeFileSync(config, JSON.stringify(bootstrap(protocol, port, admin)));
    const log = openSync(join(folder, 'log'), 'w');
    const args = ['-c', config, '--concurrency', '1', '--use-dynamic-base-id', '-l', 'warning'];
    const child = spawn(binary, args, { stdio: ['ignore', log, log] });
    closeSync(log);
    return new Envoy(child, admin, folder);
  }

  /** Names of what it has: `cluster a`, `listener web`. Empty while it does not answer. */
  async names(): Promise<string[]> {
    try {
      const response = await fetch(`http://127.0.0.1:${this.admin}/config_dump`);
      const { configs } = (await response.json()) as { configs: readonly Dump[] };
      const clusters = configs.flatMap((one) => one.dynamic_active_clusters ?? []);
      const listeners = configs.flatMap((one) => one.dynamic_listeners ?? []);
      return [
        ...clusters.map(({ cluster }) => `cluster ${cluster.name}`),
        ...listeners.flatMap(({ name, active_state }) => (active_state && name ? [`listener ${name}`] : [])),
      ].sort();
    } catch {
      return [];
    }
  }

  log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8').slice(-2_000);
  }

  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) {
      const exit = new Promise((resolve) => this.child.once('exit', resolve));
      this.child.kill('SIGKILL');
      await exit;
    }
    rmSync(this.folder, { recursive: true });
  }
}

interface Dump {
  readonly dynamic_active_clusters?: readonly { readonly cluster: { readonly name: string } }[];
  readonly dynamic_listeners?: readonly { readonly name?: string; readonly active_state?: object }[];
}

/** A TCP port of 127.0.0.1 that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

function bootstrap(protocol: 'sotw' | 'delta', port: number, admin: number): object {
  const at = (portValue: number) => ({ socketAddress: { address: '127.0.0.1', portValue } });
  const ads = { ads: {}, resourceApiVersion: 'V3' };
  const options = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';
  const xds = {
    name: 'xds',
    type: 'STATIC',
    connectTimeout: '1s',
    typedExtensionProtocolOptions: {
      [options]: {
        '@type': `type.googleapis.com/${options}`,
        explicitHttpConfig: { http2ProtocolOptions: {} },
      },
    },
    loadAssignment: {
      clusterName: 'xds',
      endpoints: [{ lbEndpoints: [{ endpoint: { address: at(port) } }] }],
    },
  };
  return {
    node: { id: 'envoy-1', cluster: 'interop' },
    admin: { address: at(admin) },
    dynamicResources: {
      adsConfig: {
        apiType: protocol === 'delta' ? 'DELTA_GRPC' : 'GRPC',
        transportApiVersion: 'V3',
        grpcServices: [{ envoyGrpc: { clusterName: 'xds' } }],
      },
      cdsConfig: ads,
      ldsConfig: ads,
    },
    staticResources: { clusters: [xds] },
  };
}
