/** A real VS Code server on loopback, in folders of its own, and a browser to look at it: scripts/vscode-host.sh installs both. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { endEditorServer, startEditorServer, type EditorServer } from '@onehop/lab/editor/server.js';
import { type Browser, type BrowserContext, chromium } from 'playwright-core';

export const REPOSITORY = resolve(import.meta.dirname, '../../../..');

export interface HostOptions {
  /** Installed before the start; without it the extension is loaded from its folder, see integration.ts. */
  readonly vsix?: string;
  /** The user's settings, added to those that keep the first screen clean. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Host extends AsyncDisposable {
  readonly port: number;
  /** Everything of this run: settings, logs, HOME. Gone after `stop`. */
  readonly home: string;
  /** What the server printed so far. */
  log(): string;
  url(query: Readonly<Record<string, string>>): string;
  /** The URI under which the page knows a file of this machine. */
  remote(path: string): string;
  stop(): Promise<void>;
}

const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.welcomePage.walkthroughs.openOnInstall': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.colorTheme': 'Default Dark Modern',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'chat.disableAIFeatures': true,
  'git.openRepositoryInParentFolders': 'never',
  'files.autoSave': 'off',
  'remote.autoForwardPorts': false,
};

/** @throws EditorError when it does not start */
export async function startHost(options: HostOptions = {}): Promise<Host> {
  // Short, because sockets live below it: their paths end at about 100 characters.
  const home = mkdtempSync(join(tmpdir(), 'vsc-'));
  const forget = (): void => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  let server: EditorServer;
  try {
    server = await startEditorServer({
      installed: process.env['VSCODE_HOST_DIR'] ?? join(REPOSITORY, 'build/vscode-host'),
      home,
      settings: { ...QUIET, ...options.settings },
      flags: options.flags ?? ['--disable-workspace-trust'],
      env: { ...process.env, HOME: join(home, 'home'), ...options.env },
      ...(options.vsix === undefined ? {} : { vsix: options.vsix }),
    });
  } catch (error) {
    forget();
    throw error;
  }
  const { child, port, log } = server;
  const stop = async (): Promise<void> => {
    await endEditorServer(child);
    forget();
  };
  return {
    port,
    home,
    stop,
    log: () => readFileSync(log, 'utf8'),
    url: (query) => `http://127.0.0.1:${port}/?${new URLSearchParams(query)}`,
    remote: (path) => `vscode-remote://127.0.0.1:${port}${path}`,
    [Symbol.asyncDispose]: stop,
  };
}

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
}

const CHINESE = 'zh-cn';

/**
 * A window of the browser. In Chinese, extensions speak Chinese and the workbench itself stays English: its language pack
 * comes from a marketplace, so an empty one stands in for it.
 */
export async function openWindow(
  browser: Browser,
  host: Host,
  language: 'en' | typeof CHINESE = 'en',
): Promise<BrowserContext> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    reducedMotion: 'reduce',
    locale: language === 'en' ? 'en-US' : 'zh-CN',
  });
  if (language === 'en') return context;
  const pack = join(host.home, 'language-pack.json');
  writeFileSync(pack, JSON.stringify({ version: '1.0.0', contents: {} }));
  mkdirSync(join(host.home, 'data'), { recursive: true });
  writeFileSync(
    join(host.home, 'data/languagepacks.json'),
    JSON.stringify({
      [CHINESE]: {
        hash: 'empty',
        label: '中文(简体)',
        extensions: [{ extensionIdentifier: { id: 'onehop.empty-language-pack' }, version: '1.0.0' }],
        translations: { vscode: pack },
      },
    }),
  );
  await context.addInitScript((value) => {
    Object.defineProperty(globalThis, '_VSCODE_NLS_LANGUAGE', { value, writable: false });
  }, CHINESE);
  return context;
}
