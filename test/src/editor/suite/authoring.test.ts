/** Writing xDS: what an author sees and can do, asked of the editor as it asks the extension. */
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { applying, contentOf, diagnosticsOf, eventually, openText, positionOf, ruleOf } from './documents.js';

const CLUSTER = (name: string): string =>
  `  - '@type': type.googleapis.com/envoy.config.cluster.v3.Cluster\n    name: ${name}\n    type: STATIC\n    load_assignment: { cluster_name: ${name}, endpoints: [] }\n`;
const ROUTES = (list: string): string =>
  `resources:\n  - '@type': type.googleapis.com/envoy.config.route.v3.RouteConfiguration\n    name: r\n    virtual_hosts:\n      - name: v\n        domains: ['*']\n        routes:\n${list}`;

const at = <T>(command: string, document: vscode.TextDocument, ...more: unknown[]): Thenable<T> =>
  vscode.commands.executeCommand<T>(command, document.uri, ...more);

describe('writing xDS', () => {
  let sample: vscode.TextDocument;
  before(async () => {
    const [uri] = await vscode.workspace.findFiles('bookinfo.xds.yaml');
    assert.ok(uri !== undefined);
    sample = await vscode.workspace.openTextDocument(uri);
    await vscode.window.showTextDocument(sample);
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor'));

  it('has a language of its own, which Red Hat YAML leaves alone', () => {
    assert.equal(sample.languageId, 'onehop-xds');
  });

  it('the sample has no problem', async () => {
    const document = await openText(contentOf(sample).replace('prefix: /', 'prefx: /'));
    await eventually(() => assert.equal(diagnosticsOf(document).length > 0, true));
    assert.deepEqual(diagnosticsOf(sample), []);
  });

  it('problems come and go as one types, and link to the page of their rule', async () => {
    const document = await openText(
      ROUTES(`          - match: { prefix: / }\n            route: { cluster: c }\n${CLUSTER('c')}`),
    );
    const editor = await vscode.window.showTextDocument(document);
    await editor.edit((edit) => edit.insert(positionOf(document, ': c }', 2), 'x'));
    await eventually(() => assert.deepEqual(diagnosticsOf(document).map(ruleOf), ['dangling-cluster']));
    const [found] = diagnosticsOf(document);
    assert.match(found?.message ?? '', /Cluster "xc" is not defined\. Did you mean "c"\?/);
    assert.equal(found?.relatedInformation?.length, 1);
    const page = (found?.code as { target: vscode.Uri }).target;
    assert.match(new TextDecoder().decode(await vscode.workspace.fs.readFile(page)), /^# dangling-cluster/);
    await vscode.commands.executeCommand('undo');
    await eventually(() => assert.deepEqual(diagnosticsOf(document).map(ruleOf), []));
  });

  it('what nobody needs is grey, what is on its way out is struck through', async () => {
    const header = '{ prefix: /a, headers: [{ name: a, exact_match: x }] }';
    const document = await openText(
      ROUTES(
        `          - match: { prefix: / }\n            direct_response: { status: 200 }\n          - match: ${header}\n            direct_response: { status: 200 }\n`,
      ),
    );
    await eventually(() => {
      const tags = new Map(diagnosticsOf(document).map((one) => [ruleOf(one), one.tags]));
      assert.deepEqual(tags.get('shadowed-route'), [vscode.DiagnosticTag.Unnecessary]);
      assert.deepEqual(tags.get('deprecated-field'), [vscode.DiagnosticTag.Deprecated]);
    });
  });

  it('completes fields, values and names, with documentation', async () => {
    const document = await openText(
      ROUTES(`          - match: {  }\n            route: { cluster:  }\n${CLUSTER('one')}${CLUSTER('two')}`),
    );
    const list = async (position: vscode.Position, resolve = 0): Promise<vscode.CompletionItem[]> =>
      (
        await at<vscode.CompletionList>(
          'vscode.executeCompletionItemProvider',
          document,
          position,
          undefined,
          resolve,
        )
      ).items;
    const fields = await list(positionOf(document, '{  }', 2), 3);
    const names = fields.map(({ label }) => (typeof label === 'string' ? label : label.label));
    assert.equal(names[0], 'prefix');
    assert.ok(names.includes('headers') && !names.includes('cluster'));
    assert.match((fields[0]?.documentation as vscode.MarkdownString).value, /prefix/i);
    const clusters = await list(positionOf(document, 'cluster:  }', 9));
    assert.deepEqual(
      clusters.map(({ label }) => (typeof label === 'string' ? label : label.label)),
      ['one', 'two'],
    );
  });

  it('takes a snippet with the indentation of its place', async () => {
    const document = await openText(ROUTES('          - \n'));
    const editor = await vscode.window.showTextDocument(document);
    const end = positionOf(document, '          - ', 12);
    editor.selection = new vscode.Selection(end, end);
    const { items } = await at<vscode.CompletionList>('vscode.executeCompletionItemProvider', document, end);
    const canary = items.find(({ label }) => (typeof label === 'string' ? label : label.label) === 'canary');
    assert.ok(canary?.insertText instanceof vscode.SnippetString);
    await editor.insertSnippet(canary.insertText, end, {
      undoStopBefore: true,
      undoStopAfter: true,
      keepWhitespace: true,
    });
    assert.match(
      contentOf(document),
      /\n {10}- name: canary\n {12}match: \{ prefix: \/ \}\n {12}route:\n {14}weighted_clusters:/,
    );
  });

  it('hover tells type, rule, default and documentation', async () => {
    const hovers = await at<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      sample,
      positionOf(sample, 'port_value', 2),
    );
    const text = hovers
      .flatMap(({ contents }) => contents.map((one) => (one as vscode.MarkdownString).value))
      .join('\n');
    assert.match(text, /\*\*port_value\*\* · number/);
    assert.match(text, /Must be at most 65535/);
  });

  it('goes to the definition and finds all places of a name', async () => {
    const position = positionOf(sample, 'cluster: reviews-v2', 12);
    const [link] = await at<vscode.LocationLink[]>('vscode.executeDefinitionProvider', sample, position);
    assert.ok(link !== undefined);
    assert.equal(sample.getText(link.targetSelectionRange), 'reviews-v2');
    const places = await at<vscode.Location[]>('vscode.executeReferenceProvider', sample, position);
    assert.equal(places.length, 3);
  });

  it('renames a cluster in all files of the folder, and where tests expect it', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder !== undefined);
    const other = vscode.Uri.joinPath(folder, 'other.xds.yaml');
    await vscode.workspace.fs.writeFile(
      other,
      new TextEncoder().encode(
        ROUTES('          - route: { cluster: "reviews-v2" }\n').replace('name: r\n', 'name: other\n'),
      ),
    );
    try {
      await eventually(async () => {
        const edit = await at<vscode.WorkspaceEdit>(
          'vscode.executeDocumentRenameProvider',
          sample,
          positionOf(sample, 'cluster: reviews-v2', 12),
          'reviews-next',
        );
        const counts = edit.entries().map(([uri, edits]) => [uri.path.replace(/.*\//, ''), edits.length]);
        assert.deepEqual(counts.sort(), [
          ['bookinfo.routes.test.yaml', 1],
          ['bookinfo.xds.yaml', 3],
          ['other.xds.yaml', 1],
        ]);
      });
    } finally {
      await vscode.workspace.fs.delete(other);
    }
  });

  it('renames a listener, and tests that only the host of a URL led to it name it', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder !== undefined);
    // No lab is beside these, so the name of the URL is that of the listener.
    const beside = vscode.Uri.joinPath(folder, 'elsewhere');
    const tests =
      'configuration: [../bookinfo.xds.yaml]\ntests:\n  - name: a\n    request: { url: http://reviews:9080/ }\n    expect: { route: canary }\n';
    await vscode.workspace.fs.writeFile(
      vscode.Uri.joinPath(beside, 'a.routes.test.yaml'),
      new TextEncoder().encode(tests),
    );
    try {
      await eventually(async () => {
        const edit = await at<vscode.WorkspaceEdit>(
          'vscode.executeDocumentRenameProvider',
          sample,
          positionOf(sample, 'name: reviews', 8),
          'next',
        );
        const shown = edit
          .entries()
          .map(([uri, edits]) => [uri.path.replace(/.*\//, ''), edits.map(({ newText }) => newText)]);
        assert.deepEqual(shown.sort(), [
          ['a.routes.test.yaml', [', listener: next']],
          ['bookinfo.xds.yaml', ['next']],
        ]);
      });
    } finally {
      await vscode.workspace.fs.delete(beside, { recursive: true });
    }
  });

  it('has an outline, folds and formatting', async () => {
    const symbols = await at<vscode.DocumentSymbol[]>('vscode.executeDocumentSymbolProvider', sample);
    const routes = symbols.find(({ name, detail }) => name === 'reviews' && detail === 'route configuration');
    assert.deepEqual(
      routes?.children[0]?.children.map(({ name }) => name),
      ['jason', 'canary'],
    );
    const folds = await at<vscode.FoldingRange[]>('vscode.executeFoldingRangeProvider', sample);
    assert.ok(folds.length > 50);
    const document = await openText(
      ROUTES('          -   match:   {prefix: /} # why\n              route: { cluster: c }\n'),
    );
    const edits = await at<vscode.TextEdit[]>('vscode.executeFormatDocumentProvider', document, {
      tabSize: 2,
      insertSpaces: true,
    });
    await applying(document, edits);
    assert.equal(
      contentOf(document),
      ROUTES('          - match: { prefix: / } # why\n            route: { cluster: c }\n'),
    );
  });

  it('suppresses with a reason', async () => {
    const document = await openText(
      ROUTES(
        `          - match: { prefix: /, headers: [{ name: a, exact_match: x }] }\n            direct_response: { status: 200 }\n`,
      ),
    );
    await eventually(() => assert.ok(diagnosticsOf(document).map(ruleOf).includes('deprecated-field')));
    const found = diagnosticsOf(document).find((one) => ruleOf(one) === 'deprecated-field');
    const actions = await at<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document,
      found?.range,
      'quickfix',
    );
    const titles = actions.map(({ title }) => title);
    assert.deepEqual(titles, [
      'Use "string_match"',
      'Remove the field',
      'Suppress deprecated-field with a reason',
    ]);
    const suppress = actions[2]?.edit;
    assert.ok(suppress !== undefined);
    await vscode.workspace.applyEdit(suppress);
    assert.match(
      contentOf(document),
      /\n {10}# onehop-ignore deprecated-field: why this is right here\n {10}- match/,
    );
    await eventually(() => assert.deepEqual(diagnosticsOf(document).map(ruleOf), ['in-relay']));
  });

  it('fixes all that leaves nothing to decide at once', async () => {
    const document = await openText(
      ROUTES(
        `          - match: { prefx: / }\n            rout: { cluster: c, timeout: 5 }\n${CLUSTER('c')}`,
      ),
    );
    await eventually(() => assert.equal(diagnosticsOf(document).map(ruleOf).includes('unknown-field'), true));
    const whole = new vscode.Range(0, 0, document.lineCount, 0);
    const [all] = await at<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document,
      whole,
      'source.fixAll',
    );
    assert.ok(all?.edit !== undefined);
    await vscode.workspace.applyEdit(all.edit);
    assert.match(contentOf(document), /match: \{ prefix: \/ \}\n {12}route: \{ cluster: c, timeout: 5 \}/);
  });

  it('takes Envoy bootstraps by the setting of their names', async () => {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    assert.ok(folder !== undefined);
    const uri = vscode.Uri.joinPath(folder, 'my-envoy.yaml');
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode('static_resources:\n  clusterz: []\n'));
    try {
      await vscode.workspace.openTextDocument(uri);
      await eventually(() => {
        const document = vscode.workspace.textDocuments.find((one) => one.uri.path === uri.path);
        assert.equal(document?.languageId, 'onehop-xds');
        assert.deepEqual(document === undefined ? [] : diagnosticsOf(document).map(ruleOf), [
          'unknown-field',
        ]);
      });
    } finally {
      await vscode.workspace.fs.delete(uri);
    }
  });

  it('topologies and route tests have problems, completion and hover, too', async () => {
    const lab = await openText('name: a\nnodes: []\nworklods: []\n', 'onehop-lab');
    await eventually(() =>
      assert.deepEqual(diagnosticsOf(lab).map(ruleOf).sort(), ['bad-length', 'unknown-field']),
    );
    const tests = await openText(
      "tests:\n  - name: a\n    request: { url: 'http://a/' }\n    expect: { path: kernal,  }\n",
      'onehop-route-tests',
    );
    await eventually(() => assert.deepEqual(diagnosticsOf(tests).map(ruleOf), ['bad-format']));
    const { items } = await at<vscode.CompletionList>(
      'vscode.executeCompletionItemProvider',
      tests,
      positionOf(tests, 'kernal,  }', 8),
    );
    assert.ok(items.some(({ label }) => (typeof label === 'string' ? label : label.label) === 'weights'));
    const hovers = await at<vscode.Hover[]>(
      'vscode.executeHoverProvider',
      tests,
      positionOf(tests, 'expect', 1),
    );
    assert.match((hovers[0]?.contents[0] as vscode.MarkdownString).value, /Where it must go/);
  });
});
