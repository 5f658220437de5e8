import {
  Metadata,
  status,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServerWritableStream,
} from '@grpc/grpc-js';
import type {
  ApplyProgress,
  ApplyRequest,
  Resource,
  State,
  StateRequest,
} from '@onehop/core/api/controlplane.generated.js';
import { withoutSecrets } from '@onehop/core/envoy/secrets.js';
import {
  messageNameOf,
  resourcesIn,
  type JsonObject,
  type XdsResource,
} from '@onehop/core/resources/model.js';
import type { ControlPlane } from './controlPlane.js';
import { ControlPlaneError, refused } from './errors.js';
import type { Log } from './log.js';
import { statusOfRefusal } from './refusal.js';

const defaultTimeoutMs = 10_000;
const longestTimeoutMs = 600_000;

/** The handlers of onehop.controlplane.v1.ControlPlane. */
export function adminHandlers(controlPlane: ControlPlane, log: Log) {
  return {
    Apply: (call: ServerWritableStream<ApplyRequest, ApplyProgress>): void => {
      apply(controlPlane, call).catch((error: unknown) => {
        const refusal = error instanceof ControlPlaneError && error.reason === 'refused';
        if (!refusal) log.error({ err: error }, 'apply failed');
        call.emit(
          'error',
          refusal ? statusOfRefusal(error) : { code: status.INTERNAL, details: String(error) },
        );
      });
    },
    GetState: (_call: ServerUnaryCall<StateRequest, State>, reply: sendUnaryData<State>): void => {
      const { version, set } = controlPlane.snapshot;
      const { rejections } = controlPlane;
      reply(null, {
        version,
        resources: resourcesIn(set).map(toMessage),
        nodes: controlPlane.nodes(),
        rejections,
      });
    },
    WatchState: (call: ServerWritableStream<StateRequest, State>): void => watchState(controlPlane, call),
  };
}

/** Changes closer together than this are told as one. */
const settleMs = 20;

function watchState(controlPlane: ControlPlane, call: ServerWritableStream<StateRequest, State>): void {
  let told: string | undefined;
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    timer = undefined;
    const { version, set } = controlPlane.snapshot;
    const resources = version === told ? [] : resourcesIn(set).map(toMessage);
    told = version;
    call.write({ version, resources, nodes: controlPlane.nodes(), rejections: controlPlane.rejections });
  };
  const stop = controlPlane.onChange(() => (timer ??= setTimeout(tell, settleMs)));
  const end = (): void => {
    clearTimeout(timer);
    stop();
  };
  call.once('close', end);
  call.once('cancelled', end);
  call.sendMetadata(new Metadata());
  tell();
}

async function apply(
  controlPlane: ControlPlane,
  call: ServerWritableStream<ApplyRequest, ApplyProgress>,
): Promise<void> {
  const { resources, timeoutMs } = call.request;
  const deadline = Math.min(timeoutMs === 0 ? defaultTimeoutMs : timeoutMs, longestTimeoutMs);
  // A caller who leaves changes nothing: a half-answered snapshot must come to its end, forwards or back.
  const tell = (progress: ApplyProgress): void => {
    if (!call.cancelled) call.write(progress);
  };
  tell(await controlPlane.apply(resources.map(fromMessage), deadline, tell));
  call.end();
}

function fromMessage({ typeUrl, name, json }: Resource): XdsResource {
  return { typeUrl, name, value: parseObject(json, { typeUrl, name }) };
}

function parseObject(json: string, { typeUrl, name }: { typeUrl: string; name: string }): JsonObject {
  let message = 'The JSON of the resource is not an object.';
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch (error) {
    message = `The resource is not JSON: ${(error as Error).message}`;
  }
  throw refused([{ typeUrl, resource: name, field: '', message }]);
}

function toMessage({ typeUrl, name, value }: XdsResource): Resource {
  return { typeUrl, name, json: JSON.stringify(withoutSecrets(messageNameOf(typeUrl) ?? '', value)) };
}
