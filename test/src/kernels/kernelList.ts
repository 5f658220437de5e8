/** The kernels that the datapath must run on, each resolved to its newest build when the tests run: never a fixed version. */

export interface KernelSource {
  /** A suite of Debian's archive; one that ends with `-security` is on the security mirror. */
  readonly suite: string;
  /** A package that depends on the image, or the beginning of the names of the images when there is no such package. */
  readonly package: string | { readonly prefix: string };
}

export interface KernelSpec {
  /** Name of the kernel in tables and tests. */
  readonly id: string;
  /** Tried in this order. */
  readonly sources: readonly KernelSource[];
  /** Oldest kernel that the datapath supports: below it the agent must refuse, and say why. */
  readonly supported: boolean;
}

const METAPACKAGE = 'linux-image-cloud-amd64';

export const KERNELS: readonly KernelSpec[] = [
  { id: '5.10', supported: false, sources: [{ suite: 'bullseye-security', package: METAPACKAGE }] },
  {
    id: '6.1',
    supported: true,
    sources: [
      { suite: 'bookworm-security', package: METAPACKAGE },
      { suite: 'bookworm', package: METAPACKAGE },
    ],
  },
  {
    id: '6.12',
    supported: true,
    sources: [
      { suite: 'trixie-security', package: METAPACKAGE },
      { suite: 'trixie', package: METAPACKAGE },
    ],
  },
  {
    id: '6.18',
    supported: true,
    sources: [{ suite: 'trixie-backports', package: { prefix: 'linux-image-6.18.' } }],
  },
  { id: 'newest', supported: true, sources: [{ suite: 'trixie-backports', package: METAPACKAGE }] },
];
