import type { LabBackend } from '../backend.js';

/** The backend that uses network namespaces and cgroups of this machine. Needs root. */
export declare function createLocalBackend(): LabBackend;
