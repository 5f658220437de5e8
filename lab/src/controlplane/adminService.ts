import type { MethodDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import {
  loaderOptions,
  protoJson,
  protoPackage,
  type ControlPlaneMethods,
} from '@onehop/core/api/controlplane.generated.js';

type Methods = { readonly [M in keyof ControlPlaneMethods]: Method<M> };
type Method<M extends keyof ControlPlaneMethods> = MethodDefinition<
  ControlPlaneMethods[M]['request'],
  ControlPlaneMethods[M]['response']
>;

let methods: Methods | undefined;

/** onehop.controlplane.v1.ControlPlane, of its .proto. */
export function adminService(): Methods {
  return (methods ??= load());
}

function load(): Methods {
  const loaded = fromJSON(protoJson, loaderOptions);
  return loaded[`${protoPackage}.ControlPlane`] as unknown as Methods;
}
