/** How fast authoring is on a large file, measured in the extension host. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { diagnosticsOf, eventually, openText, positionOf, ruleOf } from './documents.js';
import { figures } from './figures.js';

const CLUSTERS = 40;
const ROUTES = 1580;

function largeFile(): string {
  const routes = Array.from(
    { length: ROUTES },
    (_, i) =>
      `          - name: route-${i}\n            match: { path: /path/${i} }\n            route: { cluster: cluster-${i % CLUSTERS} }\n`,
  );
  const clusters = Array.from(
    { length: CLUSTERS },
    (_, i) =>
      `  - '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\n    name: cluster-${i}\n    type: STATIC\n    connect_timeout: 1s\n    load_assignment:\n      { cluster_name: cluster-${i}, endpoints: [] }\n`,
  );
  const head = `resources:\n  - '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration\n    name: r\n    virtual_hosts:\n      - name: v\n        domains: ['*']\n        routes:\n`;
  return head + routes.join('') + clusters.join('');
}

interface Samples {
  /** By the clock. */
  readonly ms: number[];
  /** Of the processor, all that the extension host did meanwhile. */
  readonly cpuMs: number[];
}

async function measure(samples: Samples, run: () => Promise<unknown>): Promise<void> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  await run();
  const { user, system } = process.cpuUsage(before);
  samples.ms.push(performance.now() - start);
  samples.cpuMs.push((user + system) / 1000);
}

/** Others use this machine, too: what the clock says is printed, what the processor needed is asserted on. */
function report(what: string, { ms, cpuMs }: Samples, limitMs: number): void {
  const text = (all: readonly number[]): string => {
    const sorted = [...all].sort((a, b) => a - b);
    const [best = Infinity, median = Infinity] = [sorted[0], sorted[sorted.length >> 1]];
    return `best ${best.toFixed(0)} ms, median ${median.toFixed(0)} ms`;
  };
  const said = `${what}: ${text(ms)}; of the processor: ${text(cpuMs)}`;
  figures.push(said);
  assert.ok(Math.min(...cpuMs) <= limitMs, said);
}

describe('speed on a file of 5,000 lines', function () {
  this.timeout(60_000);
  let document: vscode.TextDocument;
  before(async () => {
    document = await openText(largeFile());
    assert.ok(document.lineCount >= 4980, String(document.lineCount));
    // The first look at a file is not what one waits for while typing.
    await vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', document.uri);
    await eventually(() => assert.equal(errorsOf(document), ''));
  });
  after(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  it('problems are there within 150 ms of a letter', async () => {
    const editor = await vscode.window.showTextDocument(document);
    const samples: Samples = { ms: [], cpuMs: [] };
    for (let i = 0; i < 15; i++) {
      const wanted = i % 2 === 0 ? 'dangling-cluster' : '';
      const at = positionOf(document, 'route: { cluster: ', 18);
      const changed = new Promise<void>((done) => {
        const stop = vscode.languages.onDidChangeDiagnostics(() => {
          if (errorsOf(document) !== wanted) return;
          stop.dispose();
          done();
        });
      });
      await measure(samples, async () => {
        await editor.edit((edit) => {
          if (i % 2 === 0) edit.insert(at, 'x');
          else edit.delete(new vscode.Range(at, at.translate(0, 1)));
        });
        await changed;
      });
    }
    report(`problems after one letter, ${document.lineCount} lines`, samples, 150);
  });

  it('completion answers within 50 ms', async () => {
    const at = positionOf(document, 'route: { cluster: ', 18);
    const samples: Samples = { ms: [], cpuMs: [] };
    for (let i = 0; i < 15; i++)
      await measure(samples, async () => {
        const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
          'vscode.executeCompletionItemProvider',
          document.uri,
          at,
        );
        assert.equal(items.length, CLUSTERS);
      });
    report(`completion of ${CLUSTERS} names, ${document.lineCount} lines`, samples, 50);
  });
});

function errorsOf(document: vscode.TextDocument): string {
  return diagnosticsOf(document)
    .filter(({ severity }) => severity === vscode.DiagnosticSeverity.Error)
    .map(ruleOf)
    .join();
}
