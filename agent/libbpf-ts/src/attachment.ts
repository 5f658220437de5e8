import { checked, failure } from './check.js';
import { OwnedHandle } from './handle.js';
import { ATTACH_TYPES } from './kernelTypes.js';
import type { Attachment } from './link.js';
import type { AnyMap } from './map.js';
import { native, type MapHandle, type ProgramHandle } from './native.js';

/** Where a program looks at the data of the sockets in a sock map. */
export type SockMapAttachType =
  'sk_msg_verdict' | 'sk_skb_stream_parser' | 'sk_skb_stream_verdict' | 'sk_skb_verdict';

/** A program on a sockmap or sockhash. The kernel keeps it until `close()` or until the map is gone. */
export class SockMapAttachment
  extends OwnedHandle<{ readonly program: ProgramHandle; readonly map: MapHandle }>
  implements Attachment
{
  /** @internal Use `BpfProgram.attachSockMap`. */
  constructor(
    program: OwnedHandle<ProgramHandle>,
    map: AnyMap,
    readonly attachType: SockMapAttachType,
  ) {
    const operation = `attach ${program} to ${map} as ${attachType}`;
    const type = ATTACH_TYPES.indexOf(attachType);
    const api = native();
    // Handles of its own: detaching must work after program and map were closed.
    const mine = checked(operation, api.dup(program.use('attach')));
    const its = api.dup(map.use('attach to'));
    const result = typeof its === 'number' ? its : api.programAttach(mine, api.fd(its), type);
    if (typeof its === 'number' || result < 0) {
      api.close(mine);
      if (typeof its !== 'number') api.close(its);
      throw failure(operation, -result);
    }
    super(`attachment of ${program} to ${map}`, { program: mine, map: its }, (handles) => {
      api.programDetach(handles.program, api.fd(handles.map), type);
      api.close(handles.program);
      api.close(handles.map);
    });
  }
}

export interface TcOptions {
  /** Order among the filters of the hook; the kernel chooses when absent. */
  readonly priority?: number;
  readonly handle?: number;
  /** Replaces the filter with this priority and handle. */
  readonly replace?: boolean;
}

/** A classifier on a network interface (clsact). Stays when the process ends: close it. */
export class TcAttachment
  extends OwnedHandle<{ readonly ifindex: number; readonly egress: boolean; readonly createdHook: boolean }>
  implements Attachment
{
  readonly handle: number;
  readonly priority: number;

  /** @internal Use `BpfProgram.attachTc`. */
  constructor(
    program: OwnedHandle<ProgramHandle>,
    ifindex: number,
    direction: 'ingress' | 'egress',
    options: TcOptions,
  ) {
    const egress = direction === 'egress';
    const operation = `attach ${program} to ${direction} of interface ${ifindex}`;
    const api = native();
    const { handle, priority, createdHook } = checked(
      operation,
      api.tcAttach(
        program.use('attach'),
        ifindex,
        egress,
        options.handle ?? 0,
        options.priority ?? 0,
        options.replace ?? false,
      ),
    );
    super(`tc attachment of ${program}`, { ifindex, egress, createdHook }, (hook) => {
      api.tcDetach(hook.ifindex, hook.egress, handle, priority, hook.createdHook);
      api.takeLog();
    });
    this.handle = handle;
    this.priority = priority;
  }
}
