import type { Capability } from '@onehop/core/api/agent.generated.js';
import { features, type Feature } from './features.js';
import type { Kernel } from './kernel.js';

/** What a kernel can and cannot do. */
export interface Probe {
  readonly kernel: string;
  readonly capabilities: readonly ProbedCapability[];
}

export interface ProbedCapability extends Capability {
  /** How to get what is missing. */
  readonly remedy: string;
}

/** The kernel cannot run the datapath. */
export class KernelError extends Error {
  override readonly name = 'KernelError';

  constructor(
    message: string,
    readonly hint: string,
    readonly missing: readonly ProbedCapability[],
  ) {
    super(message);
  }
}

/** Tries everything; never throws for what is missing. */
export function probeKernel(kernel: Kernel): Probe {
  const may = new Map(features.map((feature) => [feature.name, !feature.tried && feature.check(kernel)]));
  const canTry = may.get('CAP_BPF') === true;
  const capabilities = features.map((feature) => ({
    name: feature.name,
    available: feature.tried ? canTry && tryOut(feature, kernel) : may.get(feature.name) === true,
    lost: feature.tried && !canTry ? `${feature.lost} (not tried: that needs CAP_BPF)` : feature.lost,
    required: feature.required,
    remedy: feature.remedy,
  }));
  return { kernel: kernel.release, capabilities };
}

/** Throws KernelError when a required feature is missing; it names each. */
export function mustRun(probe: Probe): void {
  const missing = probe.capabilities.filter(({ available, required }) => required && !available);
  if (missing.length === 0) return;
  const list = missing.map(({ name, lost }) => `${name} (${lost})`).join('; ');
  const remedies = [...new Set(missing.map(({ remedy }) => remedy))].join(' ');
  throw new KernelError(
    `This kernel (${probe.kernel}) lacks what the datapath needs: ${list}.`,
    remedies,
    missing,
  );
}

function tryOut(feature: Feature, kernel: Kernel): boolean {
  try {
    return feature.check(kernel);
  } catch {
    // A probe that the kernel refuses for reasons of its own (seccomp, lockdown) is as good as a missing feature.
    return false;
  }
}
