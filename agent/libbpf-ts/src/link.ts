import { checked } from './check.js';
import { OwnedHandle } from './handle.js';
import { ATTACH_TYPES, LINK_TYPES, nameOf, type AttachType, type LinkType } from './kernelTypes.js';
import type { FdOwner } from './mapCodec.js';
import { native, type LinkHandle, type ProgramHandle } from './native.js';

/** Anything that keeps a program attached until `close()`. */
export interface Attachment extends Disposable {
  readonly closed: boolean;
  /** Detaches, unless it is pinned. Closing twice does nothing. */
  close(): void;
}

export interface LinkInfo {
  readonly id: number;
  readonly type: LinkType | `type ${number}`;
  readonly programId: number;
  /** cgroup, netns and tracing links. */
  readonly attachType?: AttachType | `type ${number}`;
  /** cgroup links. */
  readonly cgroupId?: bigint;
}

/**
 * An attachment that the kernel keeps as an object (bpf_link): it ends when the
 * last handle and the last pin are gone, so a crash of the process detaches.
 */
export class BpfLink extends OwnedHandle<LinkHandle> implements Attachment, FdOwner {
  /** @internal Use the `attach…` methods of a program, `fromPin` or `fromId`. */
  constructor(handle: LinkHandle, label: string) {
    super(`link ${label}`, handle, (h) => void native().close(h));
  }

  static fromId(id: number): BpfLink {
    return new BpfLink(checked(`open link with id ${id}`, native().linkById(id)), `id ${id}`);
  }

  static fromPin(path: string): BpfLink {
    return new BpfLink(checked(`open link pinned at ${path}`, native().linkByPin(path)), path);
  }

  /** Owned by this object: do not close it. */
  get fd(): number {
    return native().fd(this.use('take fd of'));
  }

  info(): LinkInfo {
    const info = checked(`ask about ${this}`, native().linkInfo(this.use('ask about')));
    return {
      id: info.id,
      type: nameOf(LINK_TYPES, info.type),
      programId: info.programId,
      ...(info.attachType === undefined ? {} : { attachType: nameOf(ATTACH_TYPES, info.attachType) }),
      ...(info.cgroupId === undefined ? {} : { cgroupId: info.cgroupId }),
    };
  }

  /** Runs another program of the same type from now on, with no moment in between. */
  update(program: OwnedHandle<ProgramHandle>): void {
    checked(`update ${this}`, native().linkUpdate(this.use('update'), program.use('attach')));
  }

  /** Detaches now, even if it is pinned or open elsewhere (cgroup, netns and xdp links). */
  detach(): void {
    checked(`detach ${this}`, native().linkDetach(this.use('detach')));
  }

  /** Keeps the attachment alive at a path of a bpffs. */
  pin(path: string): void {
    checked(`pin ${this} at ${path}`, native().pin(this.use('pin'), path));
  }
}
