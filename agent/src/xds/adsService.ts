import { adsMethods } from '@onehop/core/api/adsMethods.js';

/** The methods of the service, for @grpc/grpc-js. */
export const { stateOfTheWorld, incremental } = adsMethods((bytes) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
);
