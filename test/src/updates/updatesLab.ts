/** A lab whose control plane is in this process, so that it is known to the microsecond when it has a change. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentClient } from '@onehop/lab/agent/client.js';
import { createLocalBackend } from '@onehop/lab/backends/local/backend.js';
import { labNames } from '@onehop/lab/backends/local/names.js';
import { ControlPlane } from '@onehop/lab/controlplane/controlPlane.js';
import { silent } from '@onehop/lab/controlplane/log.js';
import { ControlPlaneServer } from '@onehop/lab/controlplane/server.js';
import { Program } from '../exact/program.js';
import {
  type Change,
  port,
  serverAddress,
  serverOf,
  serverPorts,
  type Size,
  Versions,
  vip,
} from './configuration.js';

export type FromClient =
  | { readonly type: 'ready' }
  | { readonly type: 'switched'; readonly server: string; readonly at: number }
  | {
      readonly type: 'report';
      readonly servers: Readonly<Record<string, number>>;
      readonly failed: readonly string[];
    };

export interface Report {
  /** Responses by the name of the server. */
  readonly servers: Readonly<Record<string, number>>;
  readonly failed: readonly string[];
}

const node = 'node-1';

export class UpdatesLab {
  #version = 0;
  #wanted: { readonly server: string; readonly seen: (at: number) => void } | undefined;
  #server: string | undefined;
  #reported: (report: Report) => void = () => undefined;

  private constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly controlPlane: ControlPlane,
    private readonly listening: ControlPlaneServer,
    private readonly versions: Versions,
    private readonly client: Program<FromClient>,
    private readonly server: Program<{ readonly type: string }>,
    private readonly agent: AgentClient,
  ) {
    client.onMessage = (message) => {
      if (message.type === 'report') this.#reported(message);
      else if (message.type === 'switched') {
        this.#server = message.server;
        if (message.server === this.#wanted?.server) this.#wanted.seen(message.at);
      }
    };
  }

  static async up(name: string, size: Size, xds: 'sotw' | 'delta'): Promise<UpdatesLab> {
    const folder = mkdtempSync(join(tmpdir(), 'onehop-updates-'));
    const controlPlane = new ControlPlane({ log: silent });
    const versions = new Versions(size);
    controlPlane.load(versions.of(0, { mix: true, keep: false }));
    const socket = join(folder, 'xds.sock');
    const listening = await ControlPlaneServer.listen(socket, controlPlane, silent);
    const backend = createLocalBackend();
    try {
      const workload = (workload: string, address: string): object => ({
        name: workload,
        node,
        addresses: [address],
      });
      const topology = {
        name,
        nodes: [{ name: node, addresses: ['198.18.1.1'] }],
        services: [{ name: 'web', addresses: [vip] }],
        workloads: [workload('client', '198.18.1.11'), workload('server', serverAddress)],
      } as Parameters<typeof backend.up>[0];
      await backend.up(topology, { agent: { controlPlane: `unix:${socket}`, xds } });
      const ports = Object.entries(serverPorts).flatMap(([one, at]) => [one, String(at)]);
      const server = await Program.start<{ type: string }>(name, 'server', '../updates/server.js', ...ports);
      const client = await Program.start<FromClient>(name, 'client', '../updates/client.js');
      const agent = new AgentClient({ lab: name, node, socket: labNames(name).agentSocket(node) });
      return new UpdatesLab(name, folder, controlPlane, listening, versions, client, server, agent);
    } catch (error) {
      await backend.down(name);
      await listening.close();
      rmSync(folder, { recursive: true });
      throw error;
    }
  }

  /** Requests from now on, on so many connections with a pause, and on one without. */
  async load(connections: number, pauseMs: number): Promise<void> {
    const first = this.#until(serverOf(this.#version), 30_000);
    this.client.send({ type: 'start', address: vip, port, connections, pauseMs });
    await first;
  }

  /**
   * Gives the next version to the control plane. Resolves to the milliseconds from there to the end of the first request
   * that was decided by it.
   */
  async update(change: Change): Promise<number> {
    const k = ++this.#version;
    const resources = this.versions.of(k, change);
    const seen = this.#until(serverOf(k), 10_000);
    const begin = Number(process.hrtime.bigint()) / 1e6;
    this.controlPlane.load(resources);
    return (await seen) - begin;
  }

  async report(): Promise<Report> {
    return new Promise((resolve) => {
      this.#reported = resolve;
      this.client.send({ type: 'report' });
    });
  }

  /** Resident bytes of the agent. */
  async agentMemory(): Promise<number> {
    const { pid } = await this.agent.status();
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+) kB/.exec(text)?.[1] ?? 0) * 1024;
  }

  /** Milliseconds of processor time that the agent has used, in steps of 10. */
  async agentCpu(): Promise<number> {
    const { pid } = await this.agent.status();
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  }

  async generation(): Promise<number> {
    return (await this.agent.status()).generation;
  }

  /** Entries that the generations after `from` wrote, by what the agent says in its log. */
  entriesWritten(from: number): number[] {
    const log = readFileSync(join(labNames(this.name).logDirectory, `agent-${node}.log`), 'utf8');
    return log.split('\n').flatMap((line) => {
      const found = /"generation":(\d+),"entries":(\d+)/.exec(line);
      return found !== null && Number(found[1]) > from ? [Number(found[2])] : [];
    });
  }

  /** Requests that the agent counted: all, and those that the relay carried. */
  async counted(): Promise<{ readonly requests: number; readonly relayed: number }> {
    const { clusters } = await this.agent.counters();
    const sum = (of: 'requests' | 'relayed'): number =>
      clusters.reduce((total, one) => total + Number(one[of]), 0);
    return { requests: sum('requests'), relayed: sum('relayed') };
  }

  async down(): Promise<void> {
    this.agent.close();
    await Promise.all([this.client.stop(), this.server.stop()]);
    await createLocalBackend().down(this.name);
    await this.listening.close();
    rmSync(this.folder, { recursive: true });
  }

  #until(server: string, timeoutMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(
            new Error(
              `no request was decided by version ${this.#version} in ${timeoutMs} ms: ${this.#server} answers`,
            ),
          ),
        timeoutMs,
      );
      this.#wanted = {
        server,
        seen: (at) => {
          clearTimeout(timer);
          this.#wanted = undefined;
          resolve(at);
        },
      };
    });
  }
}
