import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Client, credentials, Metadata, type MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  loaderOptions,
  protoFile,
  protoPackage,
  type ApplyProgress,
  type ApplyRequest,
  type State,
} from '@onehop/core/api/controlplane.generated.js';
import type { XdsResource } from '@onehop/core/resources/model.js';

const program = fileURLToPath(new URL('../../../../lab/dist/src/controlplane/main.js', import.meta.url));

/** The lab's control plane, in a process of its own. */
export class LabControlPlane {
  readonly #client: Client;

  private constructor(
    readonly socket: string,
    readonly child: ChildProcess,
  ) {
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
    });
  }

  static async start(socket: string, log: string): Promise<LabControlPlane> {
    const args = [program, '--socket', socket, '--log', log];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await new Promise<string>((resolve) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
      child.once('exit', () => resolve('nothing'));
    });
    if (said.trim() !== '{"ready":true}') throw new Error(`the control plane said ${said}; build lab`);
    return new LabControlPlane(socket, child);
  }

  async apply(resources: readonly XdsResource[], timeoutMs = 5_000): Promise<ApplyProgress[]> {
    const { path, requestSerialize, responseDeserialize } = method('Apply');
    const list = resources.map(({ typeUrl, name, value }) => ({
      typeUrl,
      name,
      json: JSON.stringify(value),
    }));
    const request: ApplyRequest = { resources: list, timeoutMs };
    const call = this.#client.makeServerStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      new Metadata(),
      {},
    );
    const progress: ApplyProgress[] = [];
    for await (const message of call) progress.push(message as ApplyProgress);
    return progress;
  }

  state(): Promise<State> {
    const { path, requestSerialize, responseDeserialize } = method('GetState');
    return new Promise((resolve, reject) => {
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        {},
        new Metadata(),
        {},
        (error, state) => {
          if (error === null) resolve(state as State);
          else reject(error);
        },
      );
    });
  }

  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGKILL'): Promise<void> {
    this.#client.close();
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exit = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    await exit;
  }
}

function method(name: 'Apply' | 'GetState'): MethodDefinition<object, object> {
  const folder = new URL('./src/api/', import.meta.resolve('@onehop/core/package.json'));
  const loaded = loadSync(fileURLToPath(new URL(protoFile, folder)), loaderOptions);
  return (
    loaded[`${protoPackage}.ControlPlane`] as unknown as Record<string, MethodDefinition<object, object>>
  )[name]!;
}
