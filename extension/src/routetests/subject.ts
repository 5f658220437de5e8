/** What a file of route tests is about: the configuration as its texts are now, and who answers for it. */
import * as vscode from 'vscode';
import type { Diagnostic } from '@onehop/core/diagnostics/diagnostic.js';
import type { Validation } from '@onehop/core/diagnostics/validate.js';
import type { NamedAddresses } from '@onehop/core/routetests/destination.js';
import type { AskRoute } from '@onehop/core/routetests/model.js';
import type { Links } from '../agent/links.js';
import { configurationOfTests } from '../language/testFiles.js';
import { textOf, type Texts } from '../language/texts.js';
import { namesBeside } from '../language/topologyFiles.js';
import type { Store } from '../store/store.js';

export interface Subject {
  readonly validation: Validation;
  /** Of the texts, or of the tests themselves; with one nothing can be asked of the texts. */
  readonly problem: Diagnostic | undefined;
  /** Names as they resolve in the lab of the folder. */
  readonly names: readonly NamedAddresses[];
}

export async function subjectOf(tests: vscode.Uri, texts: Texts): Promise<Subject> {
  const [{ parseRouteTests }, { validateFiles }, workspace, text, names] = await Promise.all([
    import('@onehop/core/routetests/parse.js'),
    import('@onehop/core/diagnostics/validate.js'),
    texts.workspace(),
    textOf(tests),
    namesBeside(tests),
  ]);
  const { file, problems } = parseRouteTests(text ?? '', tests.toString());
  const validation = validateFiles(configurationOfTests(workspace, tests, file?.configuration ?? []));
  const errors = [...problems, ...validation.problems].filter(({ severity }) => severity === 'error');
  return { validation, problem: errors[0], names };
}

/** The datapath's own router, built for wasm, over the texts. Rejects with an Error that a person understands. */
export async function askTexts({ validation, names }: Subject, extension: vscode.Uri): Promise<AskRoute> {
  const [{ askOffline }, { decodeBtf }, { decodeBase64 }, { wireBtf }, module] = await Promise.all([
    import('@onehop/core/routetests/offline.js'),
    import('@onehop/core/btf/decode.js'),
    import('@onehop/core/envoy/base64.js'),
    import('@onehop/core/wire/wire.generated.js'),
    vscode.workspace.fs.readFile(vscode.Uri.joinPath(extension, 'dist/data/router.wasm')),
  ]);
  const btf = decodeBtf(decodeBase64(wireBtf) ?? new Uint8Array());
  return askOffline({ set: validation.set, module, btf, names });
}

/** The programs that are loaded on the nodes of the lab. */
export async function askLab({ names }: Subject, store: Store, links: Links): Promise<AskRoute> {
  const { askKernel } = await import('@onehop/core/routetests/kernel.js');
  const { topology } = store.state.lab;
  const all = topology === undefined ? names : [...topology.services, ...topology.workloads];
  return askKernel((workload) => {
    const node = topology?.workloads.find(({ name }) => name === workload)?.node ?? topology?.nodes[0]?.name;
    const agent = node === undefined ? undefined : links.agent(node);
    if (agent === undefined)
      throw new Error(vscode.l10n.t('The lab is not running: start it, or run the tests on the text.'));
    return agent;
  }, all);
}
