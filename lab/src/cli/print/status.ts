import type { Capability } from '@onehop/core/api/agent.generated.js';
import { phaseText, troubles, type LabStatus, type NodeStatus, type WorkloadStatus } from '../labStatus.js';
import type { Style } from './style.js';
import { table } from './table.js';
import { count } from './units.js';

/** A lab for people: nodes, workloads, what this kernel cannot do, what is wrong. */
export function statusText(status: LabStatus, style: Style): string {
  const parts = [`${headLine(status, style)}\n`];
  if (status.nodes.length > 0) parts.push(nodesTable(status, style));
  if (status.workloads.length > 0) parts.push(workloadsTable(status, style));
  const limits = kernelLimits(status);
  if (limits.length > 0) parts.push(limitsText(limits));
  const refused = refusals(status, style);
  if (refused !== '') parts.push(refused);
  const wrong = troubles(status);
  if (wrong.length > 0 && status.phase !== 'absent')
    parts.push(wrong.map((line) => `${style('bad', '✖')} ${line}\n`).join(''));
  return parts.join('\n');
}

/** Kernel features that are missing on some node. */
export function kernelLimits(status: LabStatus): readonly Capability[] {
  const missing = new Map<string, Capability>();
  for (const capability of status.nodes.flatMap(({ agent }) => agent?.capabilities ?? []))
    if (!capability.available) missing.set(capability.name, capability);
  return [...missing.values()];
}

export function limitsText(limits: readonly Capability[]): string {
  const lines = limits.map(({ name, lost }) => `  ${name} missing → ${lost}\n`);
  return `This kernel: ${count(limits.length, 'limit')}\n${lines.join('')}`;
}

function headLine(status: LabStatus, style: Style): string {
  const tone = status.phase === 'running' ? 'good' : status.phase === 'absent' ? 'faint' : 'warning';
  const mesh = status.phase === 'absent' || status.mesh ? [] : ['no mesh'];
  const { controlPlane } = status;
  const plane =
    controlPlane === null
      ? []
      : !controlPlane.own
        ? [`control plane ${controlPlane.address}`]
        : controlPlane.error !== null
          ? []
          : [
              `configuration ${controlPlane.version === '' ? 'empty' : `version ${controlPlane.version}`}`,
              count(controlPlane.resources, 'resource'),
            ];
  return [
    style('strong', status.lab),
    status.backend,
    style(tone, phaseText[status.phase]),
    ...mesh,
    ...plane,
  ].join(' · ');
}

function nodesTable({ nodes }: LabStatus, style: Style): string {
  return table<NodeStatus>(
    [
      { title: 'NODE', text: ({ name }) => name },
      {
        title: 'AGENT',
        text: ({ agent, error }) => agent?.state ?? (error === null ? '' : 'no answer'),
        dress: (text, { agent }) => style(agent?.state === 'ready' ? 'good' : 'bad', text),
      },
      { title: 'VERSION', text: ({ agent }) => agent?.version ?? '' },
      {
        title: 'GENERATION',
        text: ({ agent }) => (agent === null ? '' : String(agent.generation)),
        align: 'right',
      },
      {
        title: 'PROGRAMS',
        text: ({ agent }) => (agent === null ? '' : String(agent.programs.length)),
        align: 'right',
      },
      { title: 'CONTROL PLANE', text: ({ agent }) => agent?.controlPlane?.state ?? '' },
      { title: 'KERNEL', text: ({ agent }) => agent?.kernel ?? '' },
      { title: 'ADDRESSES', text: ({ addresses }) => addresses.join(' ') },
    ],
    nodes,
    style,
  );
}

function workloadsTable({ workloads }: LabStatus, style: Style): string {
  return table<WorkloadStatus>(
    [
      { title: 'WORKLOAD', text: ({ name }) => name },
      { title: 'NODE', text: ({ node }) => node },
      { title: 'APP', text: ({ app }) => app ?? '' },
      { title: 'PORT', text: ({ port }) => (port === null ? '' : String(port)), align: 'right' },
      {
        title: 'PROCESS',
        text: ({ alive }) => (alive === null ? '' : alive ? 'running' : 'ended'),
        dress: (text, { alive }) => (alive === false ? style('bad', text) : text),
      },
      { title: 'ADDRESSES', text: ({ addresses }) => addresses.join(' ') },
    ],
    workloads,
    style,
  );
}

function refusals({ nodes }: LabStatus, style: Style): string {
  return nodes
    .flatMap(({ name, agent }) => (agent?.resources ?? []).map((resource) => ({ node: name, ...resource })))
    .filter(({ state }) => state === 'nacked')
    .map(({ node, name, typeUrl, version, errors }) => {
      const fields = errors
        .map(({ field, message }) => `    ${field === '' ? '' : `${field}: `}${message}\n`)
        .join('');
      const kind = typeUrl.slice(typeUrl.lastIndexOf('.') + 1);
      const kept = version === '' ? 'no version of it is in force' : `version ${version} stays in force`;
      return `${style('bad', '✖')} ${node} refused ${kind} ${name}; ${kept}\n${fields}`;
    })
    .join('');
}
