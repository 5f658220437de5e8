/** One guest under QEMU, from power-on to power-off. */
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { INIT_MARKER } from './guestScripts.js';
import type { KernelFiles } from './kernelFiles.js';

export interface BootOptions {
  readonly kernel: Pick<KernelFiles, 'vmlinuz' | 'initramfs'>;
  readonly image: string;
  /** File for what the guest writes to its second serial port. */
  readonly results: string;
  /** Milliseconds until the guest is ended. */
  readonly timeout: number;
}

export interface BootResult {
  /** What the guest wrote to its second serial port. */
  readonly results: string;
  /** What kernel and scripts wrote to the console. */
  readonly console: string;
  readonly timedOut: boolean;
  readonly seconds: number;
}

/**
 * Boots a kernel and waits until the guest has switched itself off.
 *
 * A guest that did not even reach its init is started once more: under a loaded machine QEMU sometimes hangs before.
 * Anything after that is the kernel's or ours and is never retried.
 */
export async function boot(options: BootOptions): Promise<BootResult> {
  const first = await bootOnce(options);
  return first.console.includes(INIT_MARKER) ? first : bootOnce(options);
}

async function bootOnce({ kernel, image, results, timeout }: BootOptions): Promise<BootResult> {
  rmSync(results, { force: true });
  const started = Date.now();
  const qemu = spawn('nice', ['-n', '10', 'qemu-system-x86_64', ...qemuArguments(kernel, image, results)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let console = '';
  for (const stream of [qemu.stdout, qemu.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (console += text));
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    qemu.kill('SIGKILL');
  }, timeout);
  await new Promise<void>((resolve, reject) => qemu.on('close', () => resolve()).on('error', reject));
  clearTimeout(timer);
  const seconds = (Date.now() - started) / 1000;
  return { results: readResults(results), console: console.replaceAll('\r', ''), timedOut, seconds };
}

/**
 * Emulated, not KVM: nested virtualisation is often broken where tests run. q35 because the microvm machine has no timer
 * that the kernel can calibrate by; one CPU because QEMU's multi-threaded emulation is not safe against text patching.
 */
function qemuArguments(kernel: BootOptions['kernel'], image: string, results: string): string[] {
  return [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-monitor', 'none', '-no-reboot'],
    ...['-machine', 'q35', '-accel', 'tcg', '-cpu', 'max', '-smp', '1', '-m', '1024'],
    ...['-serial', 'stdio', '-serial', `file:${results}`],
    ...['-kernel', kernel.vmlinuz, '-initrd', kernel.initramfs],
    ...['-append', 'console=ttyS0 quiet panic=-1 mitigations=off'],
    ...['-drive', `if=none,id=image,file=${image},format=raw,readonly=on`],
    ...['-device', 'virtio-blk-pci,drive=image'],
  ];
}

function readResults(path: string): string {
  try {
    return readFileSync(path, 'utf8').replaceAll('\r', '');
  } catch {
    return '';
  }
}
