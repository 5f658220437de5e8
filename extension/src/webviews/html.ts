import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';

/** The document of a page of dist/webviews: only its own script and style may run, and no address can be reached. */
export function pageHtml(
  webview: vscode.Webview,
  extension: vscode.Uri,
  name: string,
  words: Readonly<Record<string, string>>,
): string {
  const nonce = randomBytes(16).toString('base64');
  const file = (suffix: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(extension, 'dist/webviews', `${name}.${suffix}`)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}';`;
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${file('css')}">
<title>${escape(words['title'] ?? name)}</title>
</head>
<body>
<script type="application/json" id="words">${escape(JSON.stringify(words), false)}</script>
<script nonce="${nonce}" src="${file('js')}"></script>
</body>
</html>`;
}

/** For text between tags; inside of a script only "<" can do harm. */
function escape(text: string, all = true): string {
  return all
    ? text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
    : text.replaceAll('<', '\\u003c');
}
