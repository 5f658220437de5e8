/** What the kernel's tables have no room for, told before anything is applied. */
import { listenerGroup, routeConfigurationGroup } from '../compile/groups.js';
import type { ResourceProblem, XdsResource } from '../resources/model.js';
import { contentOf } from '../routing/support.js';

/** Of one resource that `checkSupport` has no error for. What the maps hold in all is known to an agent only. */
export function mapLimits(resource: XdsResource): ResourceProblem[] {
  const { listener, routeConfiguration } = contentOf(resource);
  const inline = listener?.routeConfiguration;
  return [
    ...(listener === undefined ? [] : listenerGroup(listener.listener).problems),
    ...(inline === undefined ? [] : routeConfigurationGroup(inline).problems),
    ...(routeConfiguration === undefined ? [] : routeConfigurationGroup(routeConfiguration).problems),
  ];
}
