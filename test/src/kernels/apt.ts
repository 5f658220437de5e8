/** Packages of one Debian suite, read and downloaded without touching the machine's own apt. */
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { run } from './command.js';
import type { KernelSource } from './kernelList.js';

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  readonly depends: readonly string[];
}

/** Lists older than this are fetched again. */
const FRESH_MS = 12 * 3600_000;
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';

export class AptSuite {
  readonly #directory: string;
  readonly #options: readonly string[];
  readonly #sources: string;

  /** @param directory for lists and downloads of this suite; made when missing */
  constructor(
    readonly suite: string,
    directory: string,
  ) {
    this.#directory = directory;
    for (const part of ['lists/partial', 'cache/archives/partial', 'debs'])
      mkdirSync(join(directory, part), { recursive: true });
    this.#sources = join(directory, 'sources.list');
    const configuration = join(directory, 'apt.conf');
    writeFileSync(configuration, aptConfiguration(directory, this.#sources));
    // Read after the machine's own configuration, of which the proxy stays.
    this.#options = ['-c', configuration];
  }

  /** Fetches the lists, unless they are fresh. @throws CommandError when the mirror no longer has the suite */
  async update(): Promise<void> {
    const stamp = join(this.#directory, 'updated');
    if (existsSync(stamp) && Date.now() - statSync(stamp).mtimeMs < FRESH_MS) return;
    const mirror = mirrorOf(this.suite);
    writeFileSync(this.#sources, `deb [signed-by=${KEYRING}] ${mirror} ${this.suite} main\n`);
    await run('apt-get', [...this.#options, '-qq', '--error-on=any', 'update'], { timeout: 60_000 });
    writeFileSync(stamp, '');
    utimesSync(stamp, new Date(), new Date());
  }

  /** The newest image that a source stands for; undefined: the suite has none. */
  async find(source: KernelSource): Promise<string | undefined> {
    if (typeof source.package === 'string') return source.package;
    const names = await run('apt-cache', [
      ...this.#options,
      'search',
      '--names-only',
      `^${source.package.prefix.replaceAll('.', '\\.')}.*-cloud-amd64$`,
    ]);
    return names
      .split('\n')
      .map((line) => line.split(' ')[0] ?? '')
      .filter((name) => name !== '')
      .sort(byVersion)
      .at(-1);
  }

  /** What the suite has under a name now; undefined: nothing. */
  async show(name: string): Promise<DebianPackage | undefined> {
    const text = await run('apt-cache', [...this.#options, 'show', '--no-all-versions', name]).catch(
      () => '',
    );
    const field = (key: string): string | undefined =>
      new RegExp(`^${key}: (.*)$`, 'm').exec(text)?.[1]?.trim();
    const version = field('Version');
    if (version === undefined) return undefined;
    const depends = (field('Depends') ?? '').split(',').map((item) => item.trim().split(/[ :]/)[0] ?? '');
    return { name, version, depends: depends.filter((item) => item !== '') };
  }

  /** Downloads a package. @returns the path of its file */
  async download({ name }: DebianPackage): Promise<string> {
    const debs = join(this.#directory, 'debs');
    await run('apt-get', [...this.#options, '-qq', 'download', name], { cwd: debs, timeout: 120_000 });
    const file = readdirSync(debs).find((entry) => entry.startsWith(`${name}_`));
    if (file === undefined) throw new Error(`apt-get download ${name} left no file in ${debs}`);
    return join(debs, file);
  }
}

function aptConfiguration(directory: string, sources: string): string {
  const settings = {
    'Dir::Etc::sourcelist': sources,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(directory, 'lists'),
    'Dir::State::status': '/dev/null',
    'Dir::Cache': join(directory, 'cache'),
    'APT::Architecture': 'amd64',
    'APT::Architectures': 'amd64',
    'APT::Sandbox::User': 'root',
    'Acquire::Languages': 'none',
    'Acquire::Retries': '2',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
  };
  return Object.entries(settings)
    .map(([key, value]) => `${key} "${value}";\n`)
    .join('');
}

/** The mirror that this machine uses, else Debian's own. */
function mirrorOf(suite: string): string {
  const security = suite.endsWith('-security');
  const fallback = `http://deb.debian.org/debian${security ? '-security' : ''}`;
  const file = '/etc/apt/sources.list.d/debian.sources';
  if (!existsSync(file)) return fallback;
  const uris = [...readFileSync(file, 'utf8').matchAll(/^URIs:\s*(\S+)/gm)].map((match) => match[1] ?? '');
  return (
    uris.find((uri) => uri.replace(/\/$/, '').endsWith(security ? '/debian-security' : '/debian')) ?? fallback
  );
}

/** Names that differ in numbers only: 6.18.9 comes before 6.18.12. */
function byVersion(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}
