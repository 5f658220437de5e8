import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** Sources of the server under test and of the load generator. */
export const nativeSources = `${root}lab/src/bench/native/`;

/** What the set-up makes: programs, Envoy, configuration. */
export const benchBuild = `${root}build/bench/`;
export const envoyBuild = `${root}build/envoy/`;
