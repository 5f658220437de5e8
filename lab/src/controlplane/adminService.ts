import { fileURLToPath } from 'node:url';
import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import {
  loaderOptions,
  protoFile,
  protoPackage,
  type ControlPlaneMethods,
} from '@onehop/core/api/controlplane.generated.js';

type Methods = { readonly [M in keyof ControlPlaneMethods]: Method<M> };
type Method<M extends keyof ControlPlaneMethods> = MethodDefinition<
  ControlPlaneMethods[M]['request'],
  ControlPlaneMethods[M]['response']
>;

let methods: Methods | undefined;

/** onehop.controlplane.v1.ControlPlane, read from its .proto file. */
export function adminService(): Methods {
  return (methods ??= load());
}

function load(): Methods {
  const folder = new URL('./src/api/', import.meta.resolve('@onehop/core/package.json'));
  const loaded = loadSync(fileURLToPath(new URL(protoFile, folder)), loaderOptions);
  return loaded[`${protoPackage}.ControlPlane`] as unknown as Methods;
}
