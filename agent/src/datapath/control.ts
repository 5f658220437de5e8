/** What the programs tell at once (ring oh_ctl), to relay and pools. */
import { oh_ctl_type } from '@onehop/core/wire/wire.generated.js';
import type { ControlEvents } from '../relay/kernelConns.js';
import type { OhCtl } from './entries.js';

export function dispatchControl(ctl: OhCtl, to: ControlEvents): void {
  switch (ctl.type) {
    case oh_ctl_type.CTL_HANDOVER:
      return to.handover(ctl.upstream, ctl.client);
    case oh_ctl_type.CTL_POOL_DRY:
      return to.poolDry(ctl.endpoint);
    case oh_ctl_type.CTL_IDLE:
      return to.idle(ctl.client);
    case oh_ctl_type.CTL_UPSTREAM_LOST:
      return to.upstreamLost(ctl.upstream, ctl.client);
    case oh_ctl_type.CTL_CLIENT_LOST:
      return to.clientLost(ctl.upstream, ctl.client, false);
    case oh_ctl_type.CTL_CLIENT_RESET:
      return to.clientLost(ctl.upstream, ctl.client, true);
    case oh_ctl_type.CTL_POOL_FULL:
      return to.poolFull(ctl.upstream);
    case oh_ctl_type.CTL_UPSTREAM_ENDED:
      return to.upstreamEnded(ctl.upstream);
  }
}
